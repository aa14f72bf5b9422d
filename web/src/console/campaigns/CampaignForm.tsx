import { ActionIcon, Alert, Button, Chip, Group, MultiSelect, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { useLanguage } from '@/shared';
import { flowLabel, inForce, useFlows } from '../flows/flows';
import { useBankZone } from '../frame/zone';
import { DayInput } from '../parts/DayInput';
import { Failed, Section } from '../parts/parts';
import classNames from './campaigns.module.css';
import { classes, machines, problemsIn, retried, tidyClock, type Values, weekdays } from './form';

/** The short name of a weekday in a language. */
export function dayName(day: (typeof weekdays)[number], intl: string, style: 'short' | 'long' = 'short'): string {
  return new Intl.DateTimeFormat(intl, { weekday: style, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + weekdays.indexOf(day))); // a Monday
}

export interface CampaignFormProps {
  initial: Values;
  /** A campaign that was started keeps its flow, class and start. */
  started?: boolean;
  submitLabel: string;
  busy: boolean;
  error: unknown;
  onSubmit: (values: Values) => void;
  onCancel: () => void;
}

/** What, whom, when and how fast: a campaign's rules, with defaults that harm nobody. */
export function CampaignForm({ initial, started = false, submitLabel, busy, error, onSubmit, onCancel }: CampaignFormProps) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl, language } = useLanguage();
  const zone = useBankZone();
  const flows = useFlows();
  const calendars = useQuery({ queryKey: ['holiday-calendars'], queryFn: async () => (await body(api.GET('/v1/holiday-calendars'))).items });
  const [v, setV] = useState(initial);
  const [tried, setTried] = useState(false);
  const problems = problemsIn(v, zone);
  const bad = (key: string, text: string) => tried && problems.has(key) && text;
  const set = <K extends keyof Values>(key: K, value: Values[K]) => setV((now) => ({ ...now, [key]: value }));
  const number = (key: 'maxCalls' | 'perSecond' | 'parallel' | 'ratio' | 'abandonment' | 'keepDays') => ({ value: v[key], onChange: (n: number | string) => set(key, n === '' ? '' : Number(n)) });
  const window = (id: number, by: Partial<Values['windows'][number]>) => set('windows', v.windows.map((w) => (w.id === id ? { ...w, ...by } : w)));
  const retry = (r: (typeof retried)[number], by: Partial<Values['retries']['busy']>) => set('retries', { ...v.retries, [r]: { ...v.retries[r], ...by } });
  const options = (chosen: string | null) => [
    ...(flows.data ?? []).filter((f) => inForce(f) || f.name === chosen).map((f) => ({ value: f.name, label: flowLabel(f) })),
    ...(chosen && flows.data && !flows.data.some((f) => f.name === chosen) ? [{ value: chosen, label: chosen }] : []),
  ];
  const inOrder = language === 'fa' ? ([...weekdays.slice(5), ...weekdays.slice(0, 5)] as const) : weekdays;
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (problems.size === 0) onSubmit(v);
        // The first field that is wrong, once it is marked.
        else requestAnimationFrame(() => document.querySelector<HTMLElement>('form [aria-invalid=true]')?.focus());
      }}
    >
      <Stack gap="lg" maw={900}>
        <Section title={t('form.what')}>
          <Stack>
            <TextInput label={c('word.name')} withAsterisk maxLength={200} dir="auto" value={v.name} onChange={(e) => set('name', e.currentTarget.value)} error={bad('name', c('required'))} />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select label={t('flow')} description={started ? t('form.pinned') : t('form.flowHelp')} withAsterisk searchable disabled={started} value={v.flow} onChange={(x) => set('flow', x)} data={options(v.flow)} error={bad('flow', c('required'))} />
              <Select label={c('messages.class')} description={t('form.classHelp')} allowDeselect={false} disabled={started} value={v.class} onChange={(x) => set('class', x as Values['class'])} data={classes.map((value) => ({ value, label: c(`messageClass.${value}`) }))} />
            </SimpleGrid>
            <Failed error={flows.error} />
          </Stack>
        </Section>
        <Section title={t('form.when')}>
          <Stack>
            <Text size="sm" c="dimmed">{t('form.whenHelp')}</Text>
            {v.windows.map((w, i) => (
              <fieldset key={w.id} className={classNames.window} aria-label={t('form.window', { n: i + 1 })}>
                <Chip.Group multiple value={w.days} onChange={(days) => window(w.id, { days: days as typeof w.days })}>
                  <Group gap={6}>
                    {inOrder.map((d) => <Chip key={d} value={d} size="xs" aria-label={dayName(d, intl, 'long')}>{dayName(d, intl)}</Chip>)}
                  </Group>
                </Chip.Group>
                <Group gap="xs" align="flex-start">
                  <TextInput aria-label={t('form.windowFrom')} w={84} dir="ltr" inputMode="numeric" placeholder="09:00" maxLength={5} value={w.from} onChange={(e) => window(w.id, { from: e.currentTarget.value })} onBlur={(e) => window(w.id, { from: tidyClock(e.currentTarget.value) })} error={tried && problems.has(`from.${w.id}`)} />
                  <Text span mt={7} aria-hidden="true">–</Text>
                  <TextInput aria-label={t('form.windowTo')} w={84} dir="ltr" inputMode="numeric" placeholder="20:00" maxLength={5} value={w.to} onChange={(e) => window(w.id, { to: e.currentTarget.value })} onBlur={(e) => window(w.id, { to: tidyClock(e.currentTarget.value) })} error={tried && problems.has(`to.${w.id}`)} />
                  <ActionIcon aria-label={t('form.removeWindow', { n: i + 1 })} onClick={() => set('windows', v.windows.filter((x) => x.id !== w.id))}><IconTrash size={18} aria-hidden="true" /></ActionIcon>
                </Group>
                {tried && problems.has(`days.${w.id}`) && <Text size="sm" c="var(--vv-negative-fg)" role="alert">{t('form.noDays')}</Text>}
                {tried && (problems.has(`from.${w.id}`) || problems.has(`to.${w.id}`)) && <Text size="sm" c="var(--vv-negative-fg)" role="alert">{t('form.windowWrong')}</Text>}
              </fieldset>
            ))}
            {tried && problems.has('windows') && <Text size="sm" c="var(--vv-negative-fg)" role="alert">{t('form.noWindow')}</Text>}
            <Group><Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} disabled={v.windows.length >= 20} onClick={() => set('windows', [...v.windows, { id: Math.max(0, ...v.windows.map((w) => w.id)) + 1, days: ['sat'], from: '10:00', to: '16:00' }])}>{t('form.addWindow')}</Button></Group>
            <MultiSelect label={t('form.holidays')} description={calendars.data?.length === 0 ? t('form.noCalendars') : t('form.holidaysHelp')} value={v.holidays} onChange={(x) => set('holidays', x)} data={(calendars.data ?? []).map((x) => ({ value: x.id, label: x.name }))} disabled={calendars.data?.length === 0} />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <DayInput label={t('form.start')} style={{ flex: 1 }} placeholder={t('form.atOnce')} disabled={started} value={v.startDay} onChange={(x) => set('startDay', x)} />
                {v.startDay && <TextInput aria-label={t('form.startTime')} w={84} dir="ltr" disabled={started} inputMode="numeric" maxLength={5} value={v.startTime} onChange={(e) => set('startTime', e.currentTarget.value)} onBlur={(e) => set('startTime', tidyClock(e.currentTarget.value))} error={tried && problems.has('startTime')} />}
              </Group>
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <DayInput label={t('form.end')} style={{ flex: 1 }} placeholder={t('form.noEnd')} value={v.endDay} minDate={v.startDay ?? undefined} onChange={(x) => set('endDay', x)} error={tried && problems.has('end')} />
                {v.endDay && <TextInput aria-label={t('form.endTime')} w={84} dir="ltr" inputMode="numeric" maxLength={5} value={v.endTime} onChange={(e) => set('endTime', e.currentTarget.value)} onBlur={(e) => set('endTime', tidyClock(e.currentTarget.value))} error={tried && problems.has('endTime')} />}
              </Group>
            </SimpleGrid>
            {tried && problems.has('end') && <Text size="sm" c="var(--vv-negative-fg)" role="alert">{t('form.endWrong')}</Text>}
            <Text size="sm" c="dimmed">{t('form.zone', { zone: zone.replaceAll('_', ' ') })}</Text>
            <NumberInput label={t('form.keepDays')} description={t('form.keepDaysHelp')} maw={420} min={1} max={3650} allowDecimal={false} {...number('keepDays')} error={bad('keepDays', t('form.between', { low: 1, high: 3650 }))} />
          </Stack>
        </Section>
        <Section title={t('form.again')}>
          <Stack>
            <Table aria-label={t('form.again')} highlightOnHover={false} horizontalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{t('form.ifCall')}</Table.Th>
                  <Table.Th scope="col">{t('form.times')}</Table.Th>
                  <Table.Th scope="col">{t('form.after')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {retried.map((r) => (
                  <Table.Tr key={r}>
                    <Table.Th scope="row" fw={460}>{t(`outcome.${r}`)}</Table.Th>
                    <Table.Td><NumberInput aria-label={`${t('form.times')}: ${t(`outcome.${r}`)}`} w={76} min={0} max={10} allowDecimal={false} value={v.retries[r].count} onChange={(n) => retry(r, { count: n === '' ? '' : Number(n) })} error={tried && problems.has(`count.${r}`)} /></Table.Td>
                    <Table.Td><NumberInput aria-label={`${t('form.after')}: ${t(`outcome.${r}`)}`} w={92} min={0.5} max={10_080} value={v.retries[r].minutes} disabled={v.retries[r].count === 0} onChange={(n) => retry(r, { minutes: n === '' ? '' : Number(n) })} error={tried && problems.has(`minutes.${r}`)} /></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <NumberInput label={t('form.maxCalls')} description={t('form.maxCallsHelp')} maw={320} min={1} max={20} allowDecimal={false} {...number('maxCalls')} error={bad('maxCalls', t('form.between', { low: 1, high: 20 }))} />
          </Stack>
        </Section>
        <Section title={t('form.machine')}>
          <Stack>
            <Select aria-label={t('form.machine')} allowDeselect={false} maw={420} disabled={started && v.machine === 'message'} value={v.machine} onChange={(x) => set('machine', x as Values['machine'])} data={machines.filter((m) => !started || m !== 'message' || v.machine === 'message').map((value) => ({ value, label: t(`machine.${value}`) }))} />
            <Text size="sm" c="dimmed">{t(`machineHelp.${v.machine}`)}</Text>
            {v.machine === 'message' && <Select label={t('form.machineFlow')} withAsterisk searchable maw={420} disabled={started} value={v.machineFlow} onChange={(x) => set('machineFlow', x)} data={options(v.machineFlow)} error={bad('machineFlow', c('required'))} />}
          </Stack>
        </Section>
        <Section title={t('form.pace')}>
          <Stack>
            <SegmentedControl aria-label={t('form.pace')} classNames={{ label: classNames.choice }} value={v.progressive ? 'progressive' : 'fixed'} onChange={(x) => set('progressive', x === 'progressive')} data={[{ value: 'fixed', label: t('pace.fixed') }, { value: 'progressive', label: t('pace.progressive') }]} />
            <Text size="sm" c="dimmed">{t(v.progressive ? 'paceHelp.progressive' : 'paceHelp.fixed')}</Text>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <NumberInput label={t('form.perSecond')} min={0.01} max={500} decimalScale={2} {...number('perSecond')} error={bad('perSecond', t('form.between', { low: 0.01, high: 500 }))} />
              <NumberInput label={t('form.parallel')} min={1} max={2000} allowDecimal={false} {...number('parallel')} error={bad('parallel', t('form.between', { low: 1, high: 2000 }))} />
              {v.progressive && <NumberInput label={t('form.ratio')} description={t('form.ratioHelp')} min={1} max={3} step={0.1} decimalScale={2} {...number('ratio')} error={bad('ratio', t('form.between', { low: 1, high: 3 }))} />}
              {v.progressive && <NumberInput label={t('form.abandonment')} description={t('form.abandonmentHelp')} min={0.1} max={10} step={0.5} decimalScale={2} {...number('abandonment')} error={bad('abandonment', t('form.between', { low: 0.1, high: 10 }))} />}
            </SimpleGrid>
          </Stack>
        </Section>
        {tried && problems.size > 0 && <Alert color="red" role="alert">{t('form.wrong')}</Alert>}
        <Failed error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>{common('action.cancel')}</Button>
          <Button type="submit" loading={busy}>{submitLabel}</Button>
        </Group>
      </Stack>
    </form>
  );
}
