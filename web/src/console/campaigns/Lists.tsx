import { Alert, Button, FileButton, Group, Modal, Progress, Select, Stack, Table, Text } from '@mantine/core';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, LoadingState, StateBadge, TimeText, useLanguage } from '@/shared';
import { useFlows } from '../flows/flows';
import { useNumber } from '../parts/number';
import { useList } from '../parts/pages';
import { Failed, Section } from '../parts/parts';
import classes from './campaigns.module.css';
import { type Delimiter, guessDelimiter, largestList, readCSV, uploadList } from './upload';

type Import = Schema<'CampaignImport'>;
const delimiters: readonly Delimiter[] = ['comma', 'semicolon', 'tab'];

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
export function Lists({ campaignId, open, flow }: { campaignId: string; open: boolean; flow: string }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const imports = useList<Import>(['campaigns', campaignId, 'imports'], (cursor) => body(api.GET('/v1/campaigns/{campaign_id}/imports', { params: { path: { campaign_id: campaignId }, query: { limit: 20, cursor } } })));
  return (
    <Section title={t('lists.title')}>
      <Stack>
        {open && <Upload campaignId={campaignId} flow={flow} />}
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

function Upload({ campaignId, flow }: { campaignId: string; flow: string }) {
  const { t } = useTranslation('voice');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const client = useQueryClient();
  const needs = useFlows().data?.find((f) => f.name === flow)?.input.filter((i) => !i.optional).map((i) => i.name) ?? [];
  const [file, setFile] = useState<File | null>(null);
  const [delimiter, setDelimiter] = useState<Delimiter>('comma');
  const [share, setShare] = useState(0);
  const reset = useRef<() => void>(null);
  const running = useRef<AbortController>(undefined);
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 0 });
  const send = useMutation({
    mutationFn: (picked: File) => {
      running.current = new AbortController();
      setShare(0);
      return uploadList(campaignId, picked, delimiter, setShare, running.current.signal);
    },
    onSuccess: () => {
      setFile(null);
      reset.current?.();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['campaigns', campaignId] }),
  });
  useEffect(() => () => running.current?.abort(), []);
  const pick = (picked: File | null) => {
    send.reset();
    setFile(picked);
    if (picked) void picked.slice(0, 65_536).text().then((head) => setDelimiter(guessDelimiter(head)));
  };
  const tooLarge = file !== null && file.size > largestList;
  const stopped = send.error instanceof DOMException;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{t('lists.help')}</Text>
      {needs.length > 0 && <Text size="sm">{t('lists.needs', { names: needs.join(', ') })}</Text>}
      <Group align="flex-end">
        <FileButton resetRef={reset} onChange={pick} accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain">
          {(props) => <Button variant="default" leftSection={<IconUpload size={18} aria-hidden="true" />} disabled={send.isPending} {...props}>{t('lists.choose')}</Button>}
        </FileButton>
        <Select label={t('lists.delimiter')} w={150} allowDeselect={false} disabled={send.isPending} value={delimiter} onChange={(v) => setDelimiter(v as Delimiter)} data={delimiters.map((value) => ({ value, label: t(`delimiter.${value}`) }))} />
        <Button disabled={!file || tooLarge} loading={send.isPending} onClick={() => file && send.mutate(file)}>{t('lists.send')}</Button>
        {send.isPending && <Button variant="default" onClick={() => running.current?.abort()}>{common('action.cancel')}</Button>}
      </Group>
      {file && <Text size="sm"><bdi>{file.name}</bdi> · {new Intl.NumberFormat(intl, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 }).format(Math.max(1, file.size / 1000))}</Text>}
      {tooLarge && <Alert color="red" role="alert">{t('lists.tooLarge')}</Alert>}
      {send.isPending && (
        <div>
          <Progress value={share * 100} animated aria-label={t('lists.sending')} />
          <Text size="sm" c="dimmed" mt={4} role="status">{share >= 1 ? t('lists.reading') : `${t('lists.sending')} ${percent.format(share)}`}</Text>
        </div>
      )}
      {stopped ? <Alert color="yellow" role="status">{t('lists.stopped')}</Alert> : <Failed error={send.error} />}
      {send.error && !stopped && Problem.from(send.error).status === 0 && <Text size="sm">{t('lists.broken')}</Text>}
    </Stack>
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
