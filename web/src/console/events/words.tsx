import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { useAgentName } from '../frame/names';

/** What happened, in words; a type that we have no words for is shown as it is. */
export function useEventWords(): (type: string) => string {
  const { t } = useTranslation('console');
  return (type) => t(`event.${type}` as 'event.booking.confirmed', { defaultValue: type.replaceAll('_', ' ') });
}

/** The same with what the event tells of it: a step's name, a reason. */
export function EventWords({ event }: { event: Schema<'Event'> }) {
  const { t } = useTranslation('console');
  const words = useEventWords();
  const text = (key: string) => (typeof event.data[key] === 'string' ? (event.data[key] as string) : '');
  const more = [
    text('kind') && t(`step.${text('kind') as 'code'}.name`, { defaultValue: '' }),
    text('channel') && t(`channel.${text('channel') as 'sms'}`, { defaultValue: text('channel') }),
    text('reason') && t(`call.reason.${text('reason') as 'decided'}`, { defaultValue: text('reason') }),
  ].filter(Boolean);
  return (
    <>
      {words(event.type)}
      {more.length > 0 && `: ${more.join(', ')}`}
    </>
  );
}

/** Who did it. */
export function useActorName(): (actor: Schema<'EventActor'>) => string {
  const { t } = useTranslation('console');
  const agentName = useAgentName();
  return (actor) => (actor.kind === 'agent' && agentName(actor.id)) || t(`actor.${actor.kind}`);
}
