import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { Facts, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { MessagePath } from './MessagePath';
import { canCancel } from './path';

/** One message: what it was for, and its whole way from our side to each provider's last word. */
export function MessageDetails({ id, shown }: { id: string; shown?: Schema<'Message'> }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const message = useQuery({
    queryKey: ['messages', id],
    queryFn: () => body(api.GET('/v1/messages/{message_id}', { params: { path: { message_id: id } } })),
    // Receipts make no event of their own; while it is under way somebody may be looking at it.
    refetchInterval: ({ state }) => (state.data && ['accepted', 'sent'].includes(state.data.state) ? 5_000 : false),
    placeholderData: shown,
  });
  const m = message.data;
  if (!m) return message.error ? <ErrorState error={message.error} onRetry={() => void message.refetch()} withDetail /> : <LoadingState />;
  const link = { color: 'var(--mantine-color-anchor)' };
  const cancel = async () => {
    try {
      await api.POST('/v1/messages/{message_id}/cancel', { params: { path: { message_id: id } } });
      say.done(t('messages.cancelled'));
    } catch (error) {
      if (Problem.from(error).code === 'message_sent') say.done(t('messages.tooLate'));
      else throw error;
    } finally {
      void client.invalidateQueries({ queryKey: ['messages'] });
    }
  };
  return (
    <Stack>
      <Group justify="space-between">
        <StateBadge state={m.state} />
        {may('administer') && canCancel(m) && (
          <ConfirmButton size="xs" title={t('messages.cancelTitle')} message={t('messages.cancelText')} confirmLabel={t('messages.cancel')} keepLabel={t('keep')} onConfirm={cancel}>
            {t('messages.cancel')}
          </ConfirmButton>
        )}
      </Group>
      {message.error && <Alert color="yellow" role="status">{t('messages.old')}</Alert>}
      <Facts
        items={[
          [t('messages.class'), t(`messageClass.${m.class}`)],
          [t('word.language'), t(`language.${m.locale as 'en'}`, { defaultValue: m.locale })],
          [t('word.created'), <TimeText key="c" value={m.created_at} />],
          [t('messages.until'), <TimeText key="e" value={m.expires_at} />],
          [t('word.reason'), m.reason && t(`providerCode.${m.reason === 'opted_out' ? 'optedOut' : m.reason === 'frequency_cap' ? 'cap' : 'quiet'}`)],
          [t('word.reference'), m.reference && <bdi>{m.reference}</bdi>],
          [t('word.customer'), m.customer_id && may('listCustomers') && <Link key="l" style={link} to={`/customers/${m.customer_id}`}>{t('open')}</Link>],
          [t('word.case'), m.about_type === 'identification' && m.about_id && <Link key="i" style={link} to={`/identifications/${m.about_id}`}>{t('openCase')}</Link>],
          [t('nav.verifications'), m.about_type === 'verification' && m.about_id && <Link key="v" style={link} to={`/activity/verifications?open=${m.about_id}`}>{t('open')}</Link>],
          [t('batches.one'), m.batch_id && <Link key="b" style={link} to={`/activity/batches/${m.batch_id}`}>{t('open')}</Link>],
        ]}
      />
      <Text component="h3" fw={620} mt="xs">{t('path.title')}</Text>
      <MessagePath message={m} />
    </Stack>
  );
}
