import '@fullcalendar/react/skeleton.css';
import '@fullcalendar/react/themes/classic/theme.css';
import '@/shared/theme/calendar.css';
import FullCalendar, { type CalendarRef, type EventDisplayInfo } from '@fullcalendar/react';
import interaction from '@fullcalendar/react/interaction';
import list from '@fullcalendar/react/list';
import theme from '@fullcalendar/react/themes/classic';
import timeGrid from '@fullcalendar/react/timegrid';
import { forwardRef, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime, toneOf, useLanguage } from '@/shared';
import { useTranslated } from '../frame/scenarios';
import type { Booking } from './bookings';
import classes from './agenda.module.css';

export interface CalendarProps {
  zone: string;
  view: string;
  bookings: Booking[];
  onRange: (start: Date, end: Date) => void;
  onOpen: (bookingId: string) => void;
}

const plugins = [theme, timeGrid, list, interaction];

/** FullCalendar in the bank's zone; days, times and numbers are written by us, so that Persian has its own calendar. */
const Calendar = forwardRef<CalendarRef, CalendarProps>(function Calendar({ zone, view, bookings, onRange, onOpen }, ref) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { language, dir, intl } = useLanguage();
  const translated = useTranslated();
  const events = useMemo(
    () =>
      bookings.map((b) => ({
        id: b.id,
        title: b.customer_name,
        start: b.start,
        end: b.end,
        color: `var(--vv-${toneOf(b.state)}-bg)`,
        contrastColor: `var(--vv-${toneOf(b.state)}-fg)`,
        extendedProps: { state: b.state, scenario: translated(b.scenario.name) },
      })),
    // `translated` is new at every render, but says the same in one language.
    [bookings, language],
  );
  // Headers get a day as midnight in UTC, whatever the zone.
  const day = (date: Date, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(intl, { ...options, timeZone: 'UTC' }).format(date);
  const scroll = `${String(Math.max(0, hourIn(zone) - 2)).padStart(2, '0')}:00:00`;

  const content = ({ event, view: shown }: EventDisplayInfo) => {
    const state = event.extendedProps.state as Booking['state'];
    const time = event.start ? formatTime(event.start, 'time', intl, zone) : '';
    const inList = shown.type.startsWith('list');
    return (
      <span className={classes.event} data-list={inList || undefined} title={`${time} ${event.title} · ${common(`state.${state}`)}`}>
        <span className="vv-numbers">{time}</span> <b>{event.title}</b>{' '}
        <span className={classes.eventMore}>
          {common(`state.${state}`)}
          {inList && ` · ${event.extendedProps.scenario as string}`}
        </span>
      </span>
    );
  };

  return (
    <FullCalendar
      ref={ref}
      plugins={plugins}
      initialView={view}
      headerToolbar={false}
      timeZone={zone}
      locale={language === 'zh' ? 'zh-cn' : language === 'en' ? 'en-gb' : language}
      direction={dir}
      firstDay={language === 'fa' ? 6 : 1}
      height="100%"
      allDaySlot={false}
      nowIndicator
      scrollTime={scroll}
      slotDuration="00:15:00"
      slotMinHeight={26} // a quarter of an hour holds one line of text
      eventMinHeight={22}
      eventMaxStack={6}
      slotEventOverlap={false}
      events={events}
      eventContent={content}
      eventClass={classes.entry}
      eventClick={(info) => {
        info.jsEvent.preventDefault();
        onOpen(info.event.id);
      }}
      datesSet={(info) => onRange(info.start, info.end)}
      dayHeaderContent={(info) => <span className="vv-numbers">{day(info.date, { weekday: 'short', day: 'numeric' })}</span>}
      slotHeaderContent={(info) => <span className="vv-numbers">{day(info.date, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}</span>}
      listDayHeaderContent={(info) => <span className="vv-numbers">{info.level === 0 ? day(info.date, { weekday: 'long', day: 'numeric', month: 'long' }) : ''}</span>}
      noEventsContent={() => t('agenda.none')}
    />
  );
});
export default Calendar;

function hourIn(zone: string): number {
  return Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: zone }).format(new Date()));
}
