import { createContext, useContext, useEffect, useRef, useState } from 'react';
import { useLanguage } from '../i18n';

/** A phone number, always left to right and never broken over lines. Shows what it is given: mask it before. */
export function PhoneText({ value }: { value: string }) {
  return (
    <bdi dir="ltr" className="vv-numbers" style={{ whiteSpace: 'nowrap' }}>
      {value}
    </bdi>
  );
}

/** time "13:00"; date with its year; weekday and date in full; datetime "Sun 22 November, 13:00"; short "22 Nov, 13:00"; exact the same with seconds. */
export type TimeStyle = 'time' | 'date' | 'datetime' | 'weekday' | 'short' | 'exact';

const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const days: Record<Exclude<TimeStyle, 'time'>, Intl.DateTimeFormatOptions> = {
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  weekday: { weekday: 'long', day: 'numeric', month: 'long' },
  datetime: { weekday: 'short', day: 'numeric', month: 'long' },
  short: { day: 'numeric', month: 'short' },
  exact: { day: 'numeric', month: 'short' },
};

/**
 * A moment as people of that locale write it, in the given IANA zone (the
 * browser's when none is given). Persian has its own calendar and digits.
 */
export function formatTime(value: Date | string | number, style: TimeStyle, intl: string, zone?: string, withZone = false): string {
  const moment = new Date(value);
  const write = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(intl, { ...options, timeZone: zone }).format(moment);
  const time = () => write({ ...clock, ...(style === 'exact' && { second: '2-digit' }), ...(withZone && { timeZoneName: 'short' }) });
  if (style === 'time') return time();
  const day = write(days[style]);
  if (style === 'date' || style === 'weekday') return day;
  // Joined here: some locales put the time first, which nobody expects in a list.
  const comma = intl.startsWith('fa') ? '، ' : intl.startsWith('zh') ? ' ' : ', ';
  return day + comma + time();
}

const ZoneContext = createContext<string | undefined>(undefined);
/** The IANA zone of every TimeText below that is given none; the browser's when there is no provider. */
export const ZoneProvider = ZoneContext.Provider;

export interface TimeTextProps {
  /** RFC 3339, as the API gives it. */
  value: Date | string;
  /** IANA zone; that of the ZoneProvider by default. */
  zone?: string;
  /** "datetime" by default. */
  format?: TimeStyle;
  /** Adds the zone's short name. */
  withZone?: boolean;
}

/** A moment in the given zone and the language being shown. */
export function TimeText({ value, zone, format = 'datetime', withZone = false }: TimeTextProps) {
  const { intl } = useLanguage();
  const ours = useContext(ZoneContext);
  return (
    <time dateTime={new Date(value).toISOString()} className="vv-numbers">
      {formatTime(value, format, intl, zone ?? ours, withZone)}
    </time>
  );
}

/** The present moment in milliseconds, renewed every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** "4:05" or "1:02:09" in the digits of the locale; 0 when it is over. */
export function formatDuration(ms: number, intl: string): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const plain = new Intl.NumberFormat(intl, { useGrouping: false });
  const two = new Intl.NumberFormat(intl, { minimumIntegerDigits: 2, useGrouping: false });
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return h > 0 ? `${plain.format(h)}:${two.format(m)}:${two.format(s)}` : `${plain.format(m)}:${two.format(s)}`;
}

export interface CountdownProps {
  /** The moment it runs to. */
  to: Date | string;
  /** Called once when that moment has come. */
  onEnd?: () => void;
}

/** The time left until a moment, by the second; silent for screen readers, so say elsewhere what it is. */
export function Countdown({ to, onEnd }: CountdownProps) {
  const { intl } = useLanguage();
  const now = useNow(250);
  const end = new Date(to).getTime();
  const left = Math.max(0, end - now);
  const told = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (left > 0 || told.current === end) return;
    told.current = end;
    onEnd?.();
  }, [left, end, onEnd]);
  return (
    <span role="timer" aria-live="off" className="vv-ltr vv-numbers">
      {formatDuration(left, intl)}
    </span>
  );
}
