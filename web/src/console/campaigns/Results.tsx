import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { inScale } from '../flows/Answers';
import { Bars } from '../parts/Bars';
import { useNumber } from '../parts/number';
import { Section } from '../parts/parts';
import { usePhoneWords } from '../phonecalls/words';
import parts from '../parts/parts.module.css';

/** What the people of a campaign answered, question by question, and what the flow came to. */
export function Results({ campaignId }: { campaignId: string }) {
  const { t } = useTranslation('voice');
  const number = useNumber();
  const phone = usePhoneWords();
  const results = useQuery({ queryKey: ['campaigns', campaignId, 'results'], queryFn: () => body(api.GET('/v1/campaigns/{campaign_id}/results', { params: { path: { campaign_id: campaignId } } })) });
  if (!results.data) return results.error ? <ErrorState error={results.error} onRetry={() => void results.refetch()} withDetail /> : <LoadingState />;
  const { questions, details } = results.data;
  const words = details.filter((d) => d.detail);
  return (
    <>
      {questions.length > 0 && (
        <div className={parts.columns}>
          {questions.map((q) => (
            <Section key={q.question} title={q.question} actions={<Text size="sm" c="dimmed">{t('answers.people', { count: q.answered })}</Text>}>
              <Bars label={q.question} columns={[t('answers.answer'), t('answers.count'), t('answers.share')]} bars={inScale(q.answers).map((a) => ({ key: a.answer, label: <bdi>{a.answer}</bdi>, value: a.count }))} />
            </Section>
          ))}
        </div>
      )}
      {words.length > 0 && (
        <Section title={t('progress.details')}>
          <Table aria-label={t('progress.details')}>
            <Table.Thead>
              <Table.Tr><Table.Th scope="col">{t('progress.outcome')}</Table.Th><Table.Th scope="col">{t('progress.word')}</Table.Th><Table.Th scope="col">{t('answers.count')}</Table.Th></Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {words.map((d) => (
                <Table.Tr key={`${d.outcome} ${d.detail}`}><Table.Td>{t(`outcome.${d.outcome}`)}</Table.Td><Table.Td><bdi>{phone.outcome(d.detail!)}</bdi></Table.Td><Table.Td className="vv-numbers">{number(d.count)}</Table.Td></Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Section>
      )}
    </>
  );
}
