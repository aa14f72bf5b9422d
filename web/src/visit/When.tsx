import { formatTime, type TimeStyle } from '@/shared/components/text';
import { comesTwice, offsetOf } from '@/shared/days';

/** A moment in words; where the clock shows it twice that day, with its offset. */
export function whenText(moment: string, style: TimeStyle, intl: string, zone: string): string {
  const text = formatTime(moment, style, intl, zone);
  return comesTwice(moment, zone) ? `${text} (${offsetOf(moment, zone)})` : text;
}
