import { Alert, Button, FileButton, Group, Progress, Select, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, Problem } from '@/api';
import { useLanguage } from '@/shared';
import { useFlows } from '../flows/flows';
import { Failed } from '../parts/parts';
import { Columns } from './Columns';
import { columnsOf, type Field, fields, guessMapping, headersOf, type Mapping, problemOf, sameColumns } from './columns';
import type { Campaign } from './form';
import { type Delimiter, guessDelimiter, largestList, uploadList } from './upload';

const delimiters: readonly Delimiter[] = ['comma', 'semicolon', 'tab'];

/** Hands a list in: the file, what its columns are, and how far it is. */
export function Upload({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation('voice');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const client = useQueryClient();
  const input = useFlows().data?.find((f) => f.name === campaign.flow)?.input ?? [];
  const needs = input.filter((i) => !i.optional).map((i) => i.name);
  const [file, setFile] = useState<File | null>(null);
  const [delimiter, setDelimiter] = useState<Delimiter>('comma');
  const [head, setHead] = useState('');
  const [chosen, setChosen] = useState<Mapping>({});
  const [share, setShare] = useState(0);
  const reset = useRef<() => void>(null);
  const running = useRef<AbortController>(undefined);
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 0 });
  const headers = useMemo(() => headersOf(head, delimiter), [head, delimiter]);
  const targets = useMemo(() => [...fields, ...input.map((i) => i.name).filter((n) => !fields.includes(n as Field))], [input]);
  const mapping = { ...guessMapping(headers, targets, campaign.settings.columns ?? {}), ...chosen };
  const wrong = problemOf(mapping, needs);
  const send = useMutation({
    mutationFn: async (picked: File) => {
      running.current = new AbortController();
      setShare(0);
      const columns = columnsOf(mapping, headers);
      // The API reads a list by the campaign's columns, so they are this file's.
      if (!sameColumns(columns, campaign.settings.columns ?? {})) {
        await api.PATCH('/v1/campaigns/{campaign_id}', { params: { path: { campaign_id: campaign.id } }, body: { settings: { ...campaign.settings, columns } } });
      }
      return uploadList(campaign.id, picked, delimiter, setShare, running.current.signal);
    },
    onSuccess: () => {
      setFile(null);
      reset.current?.();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['campaigns', campaign.id] }),
  });
  useEffect(() => () => running.current?.abort(), []);
  const pick = (picked: File | null) => {
    send.reset();
    setFile(picked);
    setChosen({});
    setHead('');
    if (!picked) return;
    void picked.slice(0, 65_536).text().then((begin) => {
      setHead(begin);
      setDelimiter(guessDelimiter(begin));
    });
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
        <Select label={t('lists.delimiter')} w={150} allowDeselect={false} disabled={send.isPending} value={delimiter} onChange={(v) => { setDelimiter(v as Delimiter); setChosen({}); }} data={delimiters.map((value) => ({ value, label: t(`delimiter.${value}`) }))} />
        <Button disabled={!file || tooLarge || headers.length === 0 || wrong !== undefined} loading={send.isPending} onClick={() => file && send.mutate(file)}>{t('lists.send')}</Button>
        {send.isPending && <Button variant="default" onClick={() => running.current?.abort()}>{common('action.cancel')}</Button>}
      </Group>
      {file && <Text size="sm"><bdi>{file.name}</bdi> · {new Intl.NumberFormat(intl, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 }).format(Math.max(1, file.size / 1000))}</Text>}
      {file && headers.length > 0 && !tooLarge && <Columns targets={targets} needs={needs} headers={headers} mapping={mapping} problem={wrong} disabled={send.isPending} onChange={(target, header) => setChosen((now) => ({ ...now, [target]: header }))} />}
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
