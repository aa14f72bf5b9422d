import { ActionIcon, Button, Group, Popover, SegmentedControl, Select, Switch, Text } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconFilter } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { ErrorState, formatTime, LoadingState, useLanguage, useNow } from '@/shared';
import { addDays, dayOf } from '@/shared/days';
import { ConsolePage } from '../frame/ConsolePage';
import { useAgentName, useAgents } from '../frame/names';
import { useScenarios, useTranslated } from '../frame/scenarios';
import { AskNotifications } from '../offer/AskNotifications';
import { zoneFilter } from '../parts/zones';
import { Team } from '../queue/Team';
import { useMay } from '../session/roles';
import { BookingDrawer } from './BookingDrawer';
import { type Booking, filtered, type Filter, useAgenda } from './bookings';
import { loadsOf, useCapacity } from './capacity';
import { daysShown, gridOf } from './grid';
import { useMoves } from './moves';
import { Next } from './Next';
import { DayList, TimeGrid } from './TimeGrid';
import { useAgendaZone } from './zones';
import classes from './agenda.module.css';

type View = 'day' | 'week' | 'list';
const states = ['held', 'confirmed', 'due', 'kept', 'missed', 'unserved'] as const;

/** The bank's bookings by day and week over the capacity, and what comes next today. */
export function AgendaPage() {
  const { t } = useTranslation('console');
  const { intl, language } = useLanguage();
  const may = useMay();
  const { zone, zones, pick: pickZone } = useAgendaZone();
  const small = useMediaQuery('(max-width: 767px)', window.matchMedia('(max-width: 767px)').matches, { getInitialValueInEffect: false });
  const [params, setParams] = useSearchParams();
  const now = useNow(60_000);
  const today = dayOf(now, zone);
  const firstDay = language === 'fa' ? 6 : 1;
  const view: View = (['day', 'week', 'list'] as const).find((v) => v === params.get('view')) ?? (small ? 'list' : 'week');
  const asked = params.get('day');
  const at = asked && /^\d{4}-\d{2}-\d{2}$/.test(asked) && !Number.isNaN(Date.parse(asked)) ? asked : today;
  const go = (change: { view?: View; day?: string }) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (change.view) next.set('view', change.view);
        if (change.day) {
          if (change.day === today) next.delete('day');
          else next.set('day', change.day);
        }
        return next;
      },
      { replace: true },
    );
  const [filter, setFilter] = useState<Filter>({});
  const [withLoad, setWithLoad] = useLocalStorage({ key: 'visavis.agendaLoad', defaultValue: true, getInitialValueInEffect: false });
  const [opened, setOpened] = useState<{ booking: Booking; move: boolean }>();

  const { first, count } = daysShown(view, at, firstDay);
  const grid = useMemo(() => gridOf(first, count, zone), [first, count, zone]);
  const [from, to] = [new Date(grid.days[0]!.start).toISOString(), new Date(grid.days.at(-1)!.end).toISOString()];
  const bookings = useAgenda(from, to);
  const capacity = useCapacity(from, to, filter.scenario, withLoad && view !== 'list');
  const loads = useMemo(() => (withLoad ? loadsOf(capacity.data) : []), [withLoad, capacity.data]);
  const shownBookings = useMemo(() => filtered(bookings.data ?? [], filter), [bookings.data, filter]);
  const { move, moving, refuse } = useMoves(zone);
  const open = useCallback((booking: Booking, toMove = false) => setOpened({ booking, move: toMove }), []);
  const mayMove = useCallback((b: Booking) => b.movable && b.state === 'confirmed' && Date.parse(b.start) > now, [now]);

  const middle = addDays(first, Math.floor(count / 2));
  const title = view === 'day' ? formatTime(`${middle}T12:00:00Z`, 'weekday', intl, 'UTC') : new Intl.DateTimeFormat(intl, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${middle}T12:00:00Z`));
  const step = view === 'day' ? 1 : 7;
  const current = opened && (bookings.data?.find((b) => b.id === opened.booking.id) ?? opened.booking);

  return (
    <ConsolePage title={t('nav.agenda')} flush actions={
        <>
          <Button component={Link} to="/agenda/waitlist" variant="default" size="xs">{t('waitlist.title')}</Button>
          {may('haveHours') && <Button component={Link} to="/agenda/hours" variant="default" size="xs">{t('hours.mine')}</Button>}
        </>
      }
    >
      <AskNotifications />
      <div className={classes.page}>
        <div className={classes.main}>
          <Group className={classes.toolbar} gap="xs">
            <Button variant="default" onClick={() => go({ day: today })}>{t('agenda.today')}</Button>
            <Group gap={2} wrap="nowrap">
              <ActionIcon onClick={() => go({ day: addDays(at, -step) })} aria-label={t('agenda.previous')}><IconChevronLeft size={20} className={classes.arrow} aria-hidden="true" /></ActionIcon>
              <ActionIcon onClick={() => go({ day: addDays(at, step) })} aria-label={t('agenda.next')}><IconChevronRight size={20} className={classes.arrow} aria-hidden="true" /></ActionIcon>
            </Group>
            <Text fw={620} size="lg" className={classes.month} aria-live="polite">{title}</Text>
            <Group gap="xs" wrap="nowrap" className={classes.zone}>
              <Select
                aria-label={t('agenda.zoneOf')}
                size="xs"
                w={160}
                searchable
                allowDeselect={false}
                value={zone}
                onChange={(v) => v && pickZone(v)}
                data={zones.map((z) => ({ value: z, label: z.replaceAll('_', ' ') }))}
                filter={zoneFilter}
                nothingFoundMessage={t('agenda.noZone')}
              />
              <Text size="xs" c="dimmed"><Now zone={zone} /></Text>
            </Group>
            <Filters filter={filter} onChange={setFilter} withLoad={withLoad} onLoad={setWithLoad} />
            <SegmentedControl
              aria-label={t('agenda.view')}
              value={view}
              onChange={(v) => go({ view: v as View })}
              data={[
                { value: 'day', label: t('agenda.day') },
                { value: 'week', label: t('agenda.week') },
                { value: 'list', label: t('agenda.list') },
              ]}
            />
          </Group>
          {bookings.error && !bookings.data ? (
            <ErrorState error={bookings.error} onRetry={() => void bookings.refetch()} withDetail />
          ) : bookings.isPending ? (
            <LoadingState />
          ) : view === 'list' ? (
            <DayList grid={grid} zone={zone} bookings={shownBookings} onOpen={open} />
          ) : (
            <>
              {withLoad && <Legend failed={capacity.isError} />}
              {shownBookings.length === 0 && <Text size="sm" c="dimmed" className={classes.empty} role="status">{t(Object.values(filter).some(Boolean) ? 'agenda.noneFilter' : 'agenda.none')}</Text>}
              <TimeGrid
                grid={grid}
                zone={zone}
                bookings={shownBookings}
                loads={loads}
                rowPx={view === 'day' ? 44 : 32}
                lanes={view === 'day' ? (small ? 3 : 8) : 2}
                moving={moving}
                mayMove={mayMove}
                onOpen={open}
                onMove={(b, start) => void move(b, start)}
                onRefuse={refuse}
                onDay={(day) => go({ view: 'day', day })}
              />
            </>
          )}
        </div>
        <aside className={classes.side} aria-label={t('agenda.side')}>
          <Next zone={zone} onOpen={open} />
          {may('changeBookings') && (
            <div>
              <Text component="h2" fw={620} mb="sm">{t('queue.team')}</Text>
              <Team />
            </div>
          )}
        </aside>
      </div>
      <BookingDrawer booking={current} startMoving={opened?.move ?? false} zone={zone} onMove={move} onClose={() => setOpened(undefined)} />
    </ConsolePage>
  );
}

function Filters({ filter, onChange, withLoad, onLoad }: { filter: Filter; onChange: (filter: Filter) => void; withLoad: boolean; onLoad: (on: boolean) => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const translated = useTranslated();
  const scenarios = useScenarios().data ?? [];
  const agents = (useAgents().data ?? []).filter((a) => a.enabled && (a.role === 'agent' || a.role === 'supervisor'));
  const nameOf = useAgentName();
  const set = Object.values(filter).filter(Boolean).length;
  return (
    <Popover position="bottom-end" shadow="md" width={280} withinPortal trapFocus>
      <Popover.Target>
        <Button variant={set > 0 ? 'light' : 'default'} leftSection={<IconFilter size={16} aria-hidden="true" />}>
          {t('agenda.filter')}{set > 0 ? ` (${set})` : ''}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.filters}>
          <Select label={t('word.scenario')} placeholder={t('all')} clearable comboboxProps={{ withinPortal: false }} value={filter.scenario ?? null} onChange={(v) => onChange({ ...filter, scenario: v ?? undefined })} data={scenarios.map((s) => ({ value: s.id, label: translated(s.definition.name) }))} />
          <Select label={t('word.state')} placeholder={t('all')} clearable comboboxProps={{ withinPortal: false }} value={filter.state ?? null} onChange={(v) => onChange({ ...filter, state: v ?? undefined })} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />
          {agents.length > 0 && (
            <Select label={t('agenda.calendarOf')} description={t('agenda.calendarOfHelp')} placeholder={t('all')} clearable comboboxProps={{ withinPortal: false }} value={filter.agent ?? null} onChange={(v) => onChange({ ...filter, agent: v ?? undefined })} data={agents.map((a) => ({ value: a.id, label: nameOf(a.id) ?? a.name }))} />
          )}
          <Switch label={t('agenda.capacity')} checked={withLoad} onChange={(e) => onLoad(e.currentTarget.checked)} />
          {set > 0 && <Button variant="subtle" onClick={() => onChange({})}>{common('action.clear')}</Button>}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Legend({ failed }: { failed: boolean }) {
  const { t } = useTranslation('console');
  return (
    <div className={classes.legend}>
      {failed ? <span role="status">{t('agenda.noCapacity')}</span> : (
        <>
          <span data-kind="open">{t('agenda.legendOpen')}</span>
          <span data-kind="booked">{t('agenda.legendBooked')}</span>
          <span data-kind="full">{t('agenda.legendFull')}</span>
          <span data-kind="forecast">{t('agenda.legendForecast')}</span>
        </>
      )}
    </div>
  );
}

function Now({ zone }: { zone: string }) {
  const { intl } = useLanguage();
  return <span className="vv-numbers">{formatTime(useNow(10_000), 'time', intl, zone)}</span>;
}
