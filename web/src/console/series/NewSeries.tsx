import { Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { dayOf } from '@/shared/days';
import { tidyClock } from '../campaigns/form';
import { useAgents } from '../frame/names';
import { useScenarios, useTranslated } from '../frame/scenarios';
import { DayInput } from '../parts/DayInput';
import { Failed } from '../parts/parts';
import { useZones, zoneFilter } from '../parts/zones';
import { useMe } from '../session/session';
import { Made } from './SeriesPart';

/** Books recurring callbacks: the same time on the wall, whatever the clocks do. */
export function NewSeries({ customer, onClose }: { customer: Schema<'Customer'>; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const translated = useTranslated();
  const client = useQueryClient();
  const zones = useZones();
  const scenarios = (useScenarios().data ?? []).filter((s) => s.enabled);
  const [scenario, setScenario] = useState<string | null>(null);
  const [day, setDay] = useState<string | null>(null);
  const [time, setTime] = useState('09:00');
  const [zone, setZone] = useState(customer.time_zone);
  const [weeks, setWeeks] = useState<number | string>(1);
  const [times, setTimes] = useState<number | string>(4);
  const [agent, setAgent] = useState<string | null>(null);
  const me = useMe().agent;
  const chosen = scenario ?? scenarios[0]?.slug ?? null;
  // Whoever may not see the others may book themselves.
  const named = scenarios.find((s) => s.slug === chosen)?.definition.settings?.capacity?.choose_agent === true;
  const others = useAgents().data?.filter((a) => a.enabled && (a.role === 'agent' || a.role === 'supervisor'));
  const agents = others ?? [me];
  const wrongTime = !/^([01]\d|2[0-3]):[0-5]\d$/.test(time);
  const wrong = !day || wrongTime || !chosen || !(Number(weeks) >= 1) || !(Number(times) >= 1);
  const book = useMutation({
    mutationFn: () => body(api.POST('/v1/booking-series', { body: { customer_id: customer.id, scenario: chosen!, first: `${day}T${time}`, time_zone: zone, every_weeks: Number(weeks), times: Number(times), agent_id: (named && agent) || undefined } })),
    onSuccess: () => {
      for (const key of ['bookings', 'agenda', 'identifications', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={<Text fw={620}>{t('series.new')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      {book.data ? (
        <Stack>
          <Made series={book.data} />
          <Group justify="flex-end"><Button onClick={onClose}>{common('action.close')}</Button></Group>
        </Stack>
      ) : (
        <form noValidate onSubmit={(e) => { e.preventDefault(); if (!wrong) book.mutate(); }}>
          <Stack>
            <Text size="sm" c="dimmed">{t('series.help')}</Text>
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <Select label={t('word.scenario')} allowDeselect={false} value={chosen} onChange={setScenario} data={scenarios.map((s) => ({ value: s.slug, label: translated(s.definition.name) }))} />
              <Select label={t('word.zone')} allowDeselect={false} searchable limit={60} data={zones} filter={zoneFilter} value={zone} onChange={(v) => v && setZone(v)} />
              <DayInput label={t('series.firstDay')} withAsterisk minDate={dayOf(Date.now(), zone)} value={day} onChange={setDay} />
              <TextInput label={t('series.time')} withAsterisk dir="ltr" inputMode="numeric" maxLength={5} value={time} onChange={(e) => setTime(e.currentTarget.value)} onBlur={() => setTime(tidyClock(time))} error={wrongTime ? t('series.timeWrong') : undefined} />
              <NumberInput label={t('series.weeks')} min={1} max={8} allowDecimal={false} value={weeks} onChange={setWeeks} />
              <NumberInput label={t('series.howOften')} min={1} max={52} allowDecimal={false} value={times} onChange={setTimes} />
              {named && <Select label={t('series.agent')} placeholder={t('series.anyAgent')} clearable searchable value={agent} onChange={setAgent} data={agents.map((a) => ({ value: a.id, label: a.name }))} />}
            </SimpleGrid>
            <Failed error={book.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
              <Button type="submit" disabled={wrong} loading={book.isPending}>{t('series.book')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
