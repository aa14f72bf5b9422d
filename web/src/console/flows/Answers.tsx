import { Stack, Text } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { EmptyState, ErrorState, LoadingState } from '@/shared';
import { useBankZone } from '../frame/zone';
import { dayAfter, midnight } from '../identifications/days';
import { Bars } from '../parts/Bars';
import { DayInput } from '../parts/DayInput';
import { Section } from '../parts/parts';
import parts from '../parts/parts.module.css';

/** Answers in the order of a scale where they are numbers, else the most frequent first. */
export function inScale<A extends { answer: string; count: number }>(answers: readonly A[]): A[] {
  const numbers = answers.every((a) => /^\d+$/.test(a.answer));
  return [...answers].sort((a, b) => (numbers ? Number(a.answer) - Number(b.answer) : b.count - a.count || a.answer.localeCompare(b.answer)));
}

/** What the questions of a flow were answered, and which keys were pressed, in all its calls. */
export function Answers({ name }: { name: string }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const zone = useBankZone();
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const range = { from: from ? midnight(from, zone) : undefined, to: to ? midnight(dayAfter(to), zone) : undefined };
  const answers = useQuery({
    queryKey: ['flows', 'answers', name, range],
    queryFn: async () => (await body(api.GET('/v1/flows/{name}/answers', { params: { path: { name }, query: range } }))).items,
  });
  const questions = [...new Set((answers.data ?? []).map((a) => a.question))];
  return (
    <Stack>
      <div className={parts.filters} role="search">
        <DayInput label={c('from')} value={from} onChange={setFrom} />
        <DayInput label={c('to')} value={to} onChange={setTo} minDate={from ?? undefined} />
      </div>
      {!answers.data ? (answers.error ? <ErrorState error={answers.error} onRetry={() => void answers.refetch()} withDetail /> : <LoadingState />)
        : questions.length === 0 ? <EmptyState title={t('answers.none')} icon={<IconChartBar size={24} stroke={1.6} />}>{t('answers.noneText')}</EmptyState>
        : questions.map((q) => {
          const own = answers.data.filter((a) => a.question === q);
          return (
            <Section key={q} title={q} actions={<Text size="sm" c="dimmed">{own[0]!.survey ? t('answers.question') : t('answers.keys')}</Text>}>
              <Bars label={q} columns={[t('answers.answer'), t('answers.count'), t('answers.share')]} bars={inScale(own).map((a) => ({ key: a.answer, label: <bdi>{a.answer}</bdi>, value: a.count }))} />
            </Section>
          );
        })}
    </Stack>
  );
}
