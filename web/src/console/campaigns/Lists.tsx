import { Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { useNumber } from '../parts/number';
import { useList } from '../parts/pages';
import { Section } from '../parts/parts';
import classes from './campaigns.module.css';
import type { Campaign } from './form';
import { readCSV } from './upload';
import { Upload } from './Upload';

type Import = Schema<'CampaignImport'>;

const known = [
  'phone_missing', 'phone_invalid', 'region_invalid', 'country_not_allowed', 'number_not_allowed', 'customer_not_found', 'customer_without_number', 'opted_out', 'duplicate',
  'locale_invalid', 'time_zone_invalid', 'variable_invalid', 'reference_invalid', 'too_long', 'not_utf8', 'variables_too_many', 'time_zone_unknown', 'wrong_columns', 'malformed', 'too_many',
] as const;

/** Why a row was refused, in the reader's language. */
export function useRowRefusal(): (code: string) => string {
  const { t } = useTranslation('voice');
  return (code) => {
    const key = known.find((k) => k === code);
    return key ? t(`rowRefusal.${key}`) : code;
  };
}

/** The lists that were handed in, and the way to hand in another while nobody is called yet. */
export function Lists({ campaign, open }: { campaign: Campaign; open: boolean }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const imports = useList<Import>(['campaigns', campaign.id, 'imports'], (cursor) => body(api.GET('/v1/campaigns/{campaign_id}/imports', { params: { path: { campaign_id: campaign.id }, query: { limit: 20, cursor } } })));
  return (
    <Section title={t('lists.title')}>
      <Stack>
        {open && <Upload campaign={campaign} />}
        {!imports.items ? (imports.error ? <ErrorState error={imports.error} onRetry={imports.refetch} withDetail /> : <LoadingState />)
          : imports.items.length === 0 ? <Text c="dimmed">{t('lists.none')}</Text>
          : (
            <ul className={classes.imports} aria-label={t('lists.title')}>
              {imports.items.map((i) => <Handed key={i.id} list={i} />)}
            </ul>
          )}
        {imports.more && <Group><Button size="xs" variant="default" onClick={imports.more} loading={imports.loadingMore}>{c('more')}</Button></Group>}
      </Stack>
    </Section>
  );
}

/** What became of one list. */
function Handed({ list }: { list: Import }) {
  const { t } = useTranslation('voice');
  const number = useNumber();
  const refusal = useRowRefusal();
  const [report, setReport] = useState(false);
  const codes = Object.entries(list.refused_by_code).sort(([, a], [, b]) => b - a);
  return (
    <li>
      <Group justify="space-between" gap="xs">
        <span><TimeText value={list.created_at} format="short" /> · {t(`source.${list.source}`)}</span>
        <StateBadge state={list.state} tone={list.state === 'done' ? 'positive' : list.state === 'broken' ? 'negative' : 'progress'}>{t(`importState.${list.state}`)}</StateBadge>
      </Group>
      <Text size="sm" mt={4}>{t('lists.rows', { rows: list.rows, accepted: list.accepted, refused: list.refused })}</Text>
      {list.state === 'broken' && <Text size="sm" c="var(--vv-negative-fg)">{t('lists.broken')} {list.error && <span lang="en" dir="ltr">{list.error}</span>}</Text>}
      {codes.length > 0 && (
        <ul className={classes.codes} aria-label={t('lists.why')}>
          {codes.map(([code, count]) => <li key={code}><StateBadge state="" tone="warning">{refusal(code)} · {number(count)}</StateBadge></li>)}
        </ul>
      )}
      {list.report && (
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => setReport(true)}>{t('lists.report')}</Button>
          <Button size="xs" variant="default" component="a" href={list.report} download={`import-${list.id}.csv`} leftSection={<IconDownload size={16} aria-hidden="true" />}>{t('lists.download')}</Button>
        </Group>
      )}
      {report && <Report list={list} onClose={() => setReport(false)} />}
    </li>
  );
}

const shown = 200;

function Report({ list, onClose }: { list: Import; onClose: () => void }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const number = useNumber();
  const refusal = useRowRefusal();
  const report = useQuery({
    queryKey: ['campaigns', list.campaign_id, 'imports', list.id, 'report'],
    queryFn: async () => {
      const answer = await fetch(list.report!, { credentials: 'same-origin' });
      if (!answer.ok) throw await Problem.fromResponse(answer);
      return readCSV(await answer.text()).slice(1);
    },
  });
  return (
    <Modal opened onClose={onClose} size="xl" title={<Text fw={620}>{t('lists.report')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      {!report.data ? (report.error ? <ErrorState error={report.error} onRetry={() => void report.refetch()} withDetail /> : <LoadingState />) : (
        <>
          <Table.ScrollContainer minWidth={0} maxHeight={420}>
            <Table aria-label={t('lists.report')} stickyHeader>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{t('lists.row')}</Table.Th>
                  <Table.Th scope="col">{t('lists.column')}</Table.Th>
                  <Table.Th scope="col">{c('word.reason')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {report.data.slice(0, shown).map(([row, column, code, reason], i) => (
                  <Table.Tr key={i}>
                    <Table.Td className="vv-numbers">{number(Number(row))}</Table.Td>
                    <Table.Td><bdi>{column}</bdi></Table.Td>
                    <Table.Td>{refusal(code ?? '')}<Text size="xs" c="dimmed" lang="en" dir="ltr" ta="start">{reason}</Text></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {report.data.length > shown && <Text size="sm" c="dimmed" mt="sm">{t('lists.onlyFirst', { count: shown })}</Text>}
        </>
      )}
    </Modal>
  );
}
