import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, PhoneText, StateBadge, TimeText } from '@/shared';
import parts from '../parts/parts.module.css';
import { Facts, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { CallSteps } from './CallSteps';
import { isOver, toneOfCall, type PhoneCall, usePhoneWords } from './words';

/** One phone call: what it was for, what became of it, and its way through the flow. */
export function PhoneCallDetails({ id, shown }: { id: string; shown?: PhoneCall }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const may = useMay();
  const say = useSay();
  const words = usePhoneWords();
  const client = useQueryClient();
  const detail = useQuery({
    queryKey: ['phone-calls', id],
    queryFn: () => body(api.GET('/v1/phone-calls/{phone_call_id}', { params: { path: { phone_call_id: id } } })),
    // A step of the path is no event: while it is under way somebody may be looking on.
    refetchInterval: ({ state }) => (state.data && !isOver(state.data.phone_call.state) ? 2_000 : false),
  });
  const call = detail.data?.phone_call ?? shown;
  if (!call) return detail.error ? <ErrorState error={detail.error} onRetry={() => void detail.refetch()} withDetail /> : <LoadingState />;
  const link = { color: 'var(--mantine-color-anchor)' };
  const cancel = async () => {
    await api.POST('/v1/phone-calls/{phone_call_id}/cancel', { params: { path: { phone_call_id: id } } });
    say.done(t('calls.cancelled'));
    void client.invalidateQueries({ queryKey: ['phone-calls'] });
  };
  return (
    <Stack>
      <Group justify="space-between">
        <span role="status"><StateBadge state={call.state} tone={toneOfCall(call.state)}>{words.state(call.state)}</StateBadge></span>
        {may('cancelPhoneCalls') && call.state === 'queued' && (
          <ConfirmButton size="xs" title={t('calls.cancelTitle')} message={t('calls.cancelText')} keepLabel={c('keep')} onConfirm={cancel}>{t('calls.cancel')}</ConfirmButton>
        )}
      </Group>
      {detail.error && <Alert color="yellow" role="status">{c('messages.old')}</Alert>}
      <Facts
        items={[
          [t('calls.outcome'), call.outcome && words.outcome(call.outcome)],
          [c('word.phone'), <PhoneText key="p" value={call.phone} />],
          [t('calls.number'), call.number && <PhoneText key="n" value={call.number} />],
          [t('calls.direction'), t(`direction.${call.direction}`)],
          [t('flow'), <Link key="f" to={`/telephone/flows/${call.flow}`} style={link}>{call.flow}{call.version !== undefined && ` · ${call.version === 0 ? t('flows.shipped') : c('texts.version', { n: call.version })}`}</Link>],
          [c('word.customer'), call.customer_id && may('listCustomers') && <Link key="c" to={`/customers/${call.customer_id}`} style={link}>{c('open')}</Link>],
          [c('word.case'), call.identification_id && <Link key="i" to={`/identifications/${call.identification_id}`} style={link}>{c('openCase')}</Link>],
          [c('messages.class'), c(`messageClass.${call.class as 'notice'}`, { defaultValue: call.class })],
          [c('word.language'), call.locale && c(`language.${call.locale as 'en'}`, { defaultValue: call.locale })],
          [t('calls.trial'), call.trial && c('yes')],
          [t('calls.answeredBy'), call.answered_by && t(`answeredBy.${call.answered_by}`)],
          [t('calls.handedOver'), call.handed_over && c('yes')],
          [t('calls.abandoned'), call.abandoned && c('yes')],
          [t('calls.messageLeft'), call.message_left && c('yes')],
          [t('calls.errorCode'), call.error_code && <span key="e" className={parts.mono}>{call.error_code}</span>],
          [c('word.created'), <TimeText key="cr" value={call.created_at} format="exact" />],
          [t('calls.until'), !isOver(call.state) && <TimeText key="u" value={call.expires_at} />],
          [t('calls.rang'), call.rang_at && <TimeText key="r" value={call.rang_at} format="exact" />],
          [t('calls.answeredAt'), call.answered_at && <TimeText key="a" value={call.answered_at} format="exact" />],
          [t('calls.endedAt'), call.ended_at && <TimeText key="x" value={call.ended_at} format="exact" />],
          [t('calls.length'), call.answered_at && isOver(call.state) && words.took(call.seconds * 1000)],
        ]}
      />
      {detail.data ? <CallSteps detail={detail.data} /> : <LoadingState />}
      {detail.data && !detail.data.path.length && <Text size="sm" c="dimmed">{isOver(call.state) ? t('calls.noPath') : t('calls.noPathYet')}</Text>}
    </Stack>
  );
}
