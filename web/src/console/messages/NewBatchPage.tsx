import { Alert, Button, FileButton, Group, MultiSelect, SegmentedControl, Select, Stack, Text, Textarea } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, body, randomUUID, type Schema } from '@/api';
import { ConfirmButton } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { Failed, Section } from '../parts/parts';
import { BatchChecked } from './BatchChecked';
import { readRows } from './rows';

const kinds = ['notice', 'reminder', 'transaction'] as const;
const channels = ['sms', 'push', 'voice'] as const;

/** A message to many: the words, the list, a check of every row, and only then the sending. */
export function NewBatchPage() {
  const { t } = useTranslation('console');
  const navigate = useNavigate();
  const client = useQueryClient();
  const [source, setSource] = useState<'text' | 'template'>('text');
  const [text, setText] = useState('');
  const [template, setTemplate] = useState<string | null>(null);
  const [kind, setKind] = useState<(typeof kinds)[number]>('notice');
  const [over, setOver] = useState<string[]>(['sms']);
  const [list, setList] = useState('');
  const [file, setFile] = useState<string>();
  const key = useRef(randomUUID());
  const reset = useRef<() => void>(null);
  const texts = useQuery({ queryKey: ['texts', 'list', 'en'], queryFn: async () => (await body(api.GET('/v1/texts', { params: { query: { locale: 'en' } } }))).items, enabled: source === 'template' });
  const read = readRows(list);
  const problem = 'problem' in read ? read.problem : undefined;
  const rows = 'rows' in read ? read.rows : [];
  const words = source === 'text' ? { text: text.trim() } : { template: template ?? '' };
  const draft = { ...words, class: kind, channels: over as Schema<'Channel'>[] };
  const ready = (source === 'text' ? text.trim() !== '' : template !== null) && over.length > 0 && rows.length > 0;
  const check = useMutation({ mutationFn: () => body(api.POST('/v1/messages/batch/check', { body: { ...draft, recipients: rows } })) });
  const changed = () => {
    key.current = randomUUID(); // another batch, not the same once more
    check.reset();
  };
  const send = async () => {
    const recipients = check.data!.rows.filter((r) => !r.code && r.customer_id).map((r) => ({ customer_id: r.customer_id!, ...(rows[r.row]!.params && { params: rows[r.row]!.params }) }));
    const sent = await body(api.POST('/v1/messages/batch', { body: { ...draft, recipients }, headers: { 'Idempotency-Key': key.current } }));
    void client.invalidateQueries({ queryKey: ['messages'] });
    void navigate(`/activity/batches/${sent.id}`);
  };
  const load = (picked: File | null) => {
    if (!picked) return;
    void picked.text().then((content) => {
      setList(content);
      setFile(picked.name);
      changed();
      reset.current?.();
    });
  };
  return (
    <ConsolePage title={t('batches.new')}>
      <ActivityTabs />
      <Stack gap="lg" maw={900}>
        <Section title={t('batches.words')}>
          <Stack>
            <SegmentedControl
              aria-label={t('batches.words')}
              value={source}
              onChange={(v) => { setSource(v as typeof source); changed(); }}
              data={[{ value: 'text', label: t('batches.ownWords') }, { value: 'template', label: t('batches.template') }]}
            />
            {source === 'text' ? (
              <Textarea label={t('batches.text')} description={t('batches.textHelp')} autosize minRows={3} maxLength={1000} dir="auto" value={text} onChange={(e) => { setText(e.currentTarget.value); changed(); }} />
            ) : (
              <Select
                label={t('batches.template')}
                description={t('batches.templateHelp')}
                searchable
                value={template}
                onChange={(v) => { setTemplate(v); changed(); }}
                error={texts.error ? t('batches.textsFailed') : undefined}
                data={(texts.data ?? []).filter((x) => !x.key.includes('.') && !x.required.some((p) => p === 'code' || p === 'link')).map((x) => ({ value: x.key, label: t(`template.${x.key as 'text'}`, { defaultValue: x.key }) }))}
              />
            )}
            <Group grow preventGrowOverflow={false} align="flex-start">
              <Select label={t('messages.class')} allowDeselect={false} value={kind} onChange={(v) => { setKind(v as typeof kind); changed(); }} data={kinds.map((value) => ({ value, label: t(`messageClass.${value}`) }))} />
              <MultiSelect label={t('messages.channels')} value={over} onChange={(v) => { setOver(v); changed(); }} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} error={over.length === 0 ? t('required') : undefined} />
            </Group>
          </Stack>
        </Section>
        <Section
          title={t('batches.list')}
          actions={
            <FileButton resetRef={reset} onChange={load} accept=".csv,.json,.txt,text/csv,application/json,text/plain">
              {(props) => <Button variant="default" leftSection={<IconUpload size={18} aria-hidden="true" />} {...props}>{t('batches.upload')}</Button>}
            </FileButton>
          }
        >
          <Textarea
            label={t('batches.rows')}
            description={t('batches.rowsHelp')}
            autosize
            minRows={5}
            maxRows={14}
            dir="ltr"
            value={list}
            onChange={(e) => { setList(e.currentTarget.value); setFile(undefined); changed(); }}
            error={problem && list.trim() !== '' ? t(`list.${problem.why}`, { at: problem.at ?? 0 }) : undefined}
          />
          <Text size="sm" c="dimmed" mt="xs" role="status">
            {file && <><bdi>{file}</bdi> · </>}{t('batches.rowsRead', { count: rows.length })}
          </Text>
        </Section>
        <Failed error={check.error} />
        {!check.data && (
          <Group justify="flex-end"><Button onClick={() => check.mutate()} disabled={!ready} loading={check.isPending}>{t('batches.check')}</Button></Group>
        )}
        {check.data && (
          <>
            <BatchChecked check={check.data} />
            {check.data.ready === 0 ? (
              <Alert color="yellow">{t('batches.nobody')}</Alert>
            ) : (
              <Group justify="flex-end">
                <ConfirmButton
                  color="petrol"
                  variant="filled"
                  title={t('batches.sendTitle', { count: check.data.ready })}
                  message={<>{t('batches.sendText')}{check.data.segments ? <> {t('batches.segments', { count: check.data.segments })}</> : null}{check.data.refused > 0 && <> {t('batches.leftOut', { count: check.data.refused })}</>}</>}
                  confirmLabel={t('batches.send')}
                  onConfirm={send}
                >
                  {t('batches.sendTo', { count: check.data.ready })}
                </ConfirmButton>
              </Group>
            )}
          </>
        )}
      </Stack>
    </ConsolePage>
  );
}
