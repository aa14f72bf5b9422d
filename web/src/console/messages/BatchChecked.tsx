import { SegmentedControl, Select, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { type Language, languages, PhoneText, StateBadge } from '@/shared';
import { Section } from '../parts/parts';
import { useNumber } from '../parts/number';
import parts from '../parts/parts.module.css';
import classes from './messages.module.css';
import { useRefusal } from './refusals';

const shownAtOnce = 50;

/** What the check of a batch has found: which rows would not go, and what the words look like for whom. */
export function BatchChecked({ check }: { check: Schema<'MessageBatchCheck'> }) {
  const { t } = useTranslation('console');
  const number = useNumber();
  const refusal = useRefusal();
  const refused = check.rows.filter((r) => r.code);
  const [which, setWhich] = useState<'refused' | 'all'>(refused.length > 0 ? 'refused' : 'all');
  const [most, setMost] = useState(shownAtOnce);
  const withWords = check.rows.filter((r) => r.body);
  const [row, setRow] = useState<string | null>(withWords[0] ? String(withWords[0].row) : null);
  const sample = withWords.find((r) => String(r.row) === row);
  const list = which === 'refused' ? refused : check.rows;
  return (
    <Section title={t('batches.checked')}>
      <Stack>
        <Text role="status">
          {t('batches.ready', { ready: check.ready, total: check.total })}
          {check.segments ? <> {t('batches.segments', { count: check.segments })}</> : null}
        </Text>
        {sample && (
          <div>
            <Select label={t('batches.sampleOf')} allowDeselect={false} searchable value={row} onChange={setRow} data={withWords.map((r) => ({ value: String(r.row), label: `${r.row + 1} · ${r.name ?? ''}` }))} />
            <p className={classes.words} lang={sample.locale} dir={languages[sample.locale as Language]?.dir ?? 'auto'} style={{ marginTop: 8 }}>{sample.body}</p>
            {sample.segments !== undefined && <Text size="sm" c="dimmed" mt={4}>{t('batches.segmentsOne', { count: sample.segments })}</Text>}
          </div>
        )}
        {refused.length > 0 && (
          <SegmentedControl size="xs" aria-label={t('batches.which')} value={which} onChange={(v) => setWhich(v as typeof which)} data={[{ value: 'refused', label: `${t('batches.refused')} (${number(refused.length)})` }, { value: 'all', label: t('all') }]} />
        )}
        <div className={parts.tableFrame}>
          <Table aria-label={t('batches.checked')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t('batches.row')}</Table.Th>
                <Table.Th scope="col">{t('word.customer')}</Table.Th>
                <Table.Th scope="col" data-wide>{t('word.phone')}</Table.Th>
                <Table.Th scope="col">{t('batches.finding')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.slice(0, most).map((r) => (
                <Table.Tr key={r.row}>
                  <Table.Td>{number(r.row + 1)}</Table.Td>
                  <Table.Td><bdi>{r.name ?? '—'}</bdi></Table.Td>
                  <Table.Td data-wide>{r.phone && <PhoneText value={r.phone} />}</Table.Td>
                  <Table.Td>
                    {r.code ? <><StateBadge state="refused" tone="warning">{t('batches.refusedOne')}</StateBadge> <Text size="sm">{refusal(r.code, r.detail)}</Text></> : <StateBadge state="ready" tone="positive">{t('batches.fine')}</StateBadge>}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
        {list.length > most && <Text size="sm"><button type="button" className={classes.more} onClick={() => setMost((n) => n + 200)}>{t('more')}</button></Text>}
      </Stack>
    </Section>
  );
}
