import { Alert, Group, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, Countdown, ErrorState, LoadingState, PhoneText, StateBadge, TimeText, useLanguage } from '@/shared';
import { onOurClock } from '../frame/serverClock';
import { MessagePath } from '../messages/MessagePath';
import { Facts, useSay } from '../parts/parts';
import { useNumber } from '../parts/number';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';

/** One verification: how it stands, what may still be sent, and every message that was sent for it. */
export function VerificationDetails({ id, shown }: { id: string; shown?: Schema<'Verification'> }) {
  const { t } = useTranslation('console');
  const number = useNumber();
  const { intl } = useLanguage();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const path = { params: { path: { verification_id: id } } };
  const verification = useQuery({
    queryKey: ['verifications', id],
    queryFn: () => body(api.GET('/v1/verifications/{verification_id}', path)),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 10_000 : false), // tries and expiry make no event
    placeholderData: shown,
  });
  const v = verification.data;
  if (!v) return verification.error ? <ErrorState error={verification.error} onRetry={() => void verification.refetch()} withDetail /> : <LoadingState />;
  const end = (how: 'deny' | 'cancel') => async () => {
    await api.POST(how === 'deny' ? '/v1/verifications/{verification_id}/deny' : '/v1/verifications/{verification_id}/cancel', path);
    say.done(t(`verifications.${how === 'deny' ? 'denied' : 'cancelled'}`));
    void client.invalidateQueries({ queryKey: ['verifications'] });
  };
  const pending = v.state === 'pending';
  const link = { color: 'var(--mantine-color-anchor)' };
  return (
    <Stack>
      <Group justify="space-between">
        <StateBadge state={v.state} />
        {pending && may('openCases') && (
          <Group gap="xs">
            <ConfirmButton size="xs" color="gray" title={t('verifications.cancelTitle')} message={t('verifications.cancelText')} keepLabel={t('keep')} onConfirm={end('cancel')}>{t('verifications.cancel')}</ConfirmButton>
            <ConfirmButton size="xs" title={t('verifications.denyTitle')} message={t('verifications.denyText')} keepLabel={t('keep')} onConfirm={end('deny')}>{t('verifications.deny')}</ConfirmButton>
          </Group>
        )}
      </Group>
      {v.restricted && (
        <Alert color="gray" icon={<IconInfoCircle size={20} aria-hidden="true" />} title={t('verifications.restricted')}>{t('verifications.restrictedText')}</Alert>
      )}
      <Facts
        items={[
          [t('verifications.purpose'), t(`purpose.${v.purpose}`)],
          [t('verifications.way'), v.way && t(`way.${v.way}`)],
          [t('word.phone'), v.phone && <PhoneText key="p" value={v.phone} />],
          [t('verifications.sends'), v.sends !== undefined && number(v.sends)],
          [t('verifications.left'), pending && number(v.attempts_left)],
          [t('verifications.expires'), pending ? <Countdown key="e" to={onOurClock(v.expires_at)} /> : undefined],
          [t('word.created'), <TimeText key="c" value={v.created_at} format="exact" />],
          [t('verifications.ended'), v.ended_at && <TimeText key="x" value={v.ended_at} format="exact" />],
          [t('word.reason'), v.reason && t(`verificationReason.${v.reason as 'link_mismatch'}`, { defaultValue: v.reason })],
          [t('verifications.payment'), v.amount && <bdi key="a">{money(v.amount, v.currency, intl)}</bdi>],
          [t('verifications.payee'), v.payee && <bdi key="y">{v.payee}</bdi>],
          [t('word.reference'), v.reference && <bdi key="r">{v.reference}</bdi>],
          [t('word.customer'), v.customer_id && may('listCustomers') && <Link key="l" style={link} to={`/customers/${v.customer_id}`}>{t('open')}</Link>],
        ]}
      />
      {pending && v.ways && v.ways.length > 0 && <Ways ways={v.ways} />}
      <Text component="h3" fw={620} mt="xs">{t('verifications.sent')}</Text>
      <Sent id={id} pending={pending} />
    </Stack>
  );
}

/** The amount as the bank gave it, in the reader's digits; a currency that is not known keeps its code. */
export function money(amount: string, currency: string | undefined, intl: string): string {
  try {
    return new Intl.NumberFormat(intl, { style: 'currency', currency, minimumFractionDigits: amount.split('.')[1]?.length ?? 0 }).format(Number(amount));
  } catch {
    return `${amount} ${currency ?? ''}`.trim();
  }
}

/** From when on each way may be used again. */
function Ways({ ways }: { ways: Schema<'VerificationWayState'>[] }) {
  const { t } = useTranslation('console');
  return (
    <section className={parts.section} aria-label={t('verifications.ways')}>
      <Text component="h3" fw={620} mb={6}>{t('verifications.ways')}</Text>
      <Facts
        items={ways.map((w) => [
          t(`way.${w.way}`),
          <span key={w.way}>
            {!w.next_send_at ? t('verifications.typedOnly') : Date.parse(onOurClock(w.next_send_at)) <= Date.now() ? t('verifications.now') : <>{t('verifications.again')} <Countdown to={onOurClock(w.next_send_at)} /></>}
            {w.restricted && <Text span size="sm" c="dimmed"> · {t('verifications.restrictedShort')}</Text>}
          </span>,
        ])}
      />
    </section>
  );
}

/** The messages of a verification, each with its whole path. */
function Sent({ id, pending }: { id: string; pending: boolean }) {
  const { t } = useTranslation('console');
  const sent = useQuery({
    queryKey: ['messages', 'about', id],
    queryFn: async () => {
      const { items } = await body(api.GET('/v1/messages', { params: { query: { about_id: id, limit: 20 } } }));
      return Promise.all(items.map((m) => body(api.GET('/v1/messages/{message_id}', { params: { path: { message_id: m.id } } }))));
    },
    refetchInterval: pending ? 10_000 : false,
  });
  if (!sent.data) return sent.error ? <ErrorState error={sent.error} onRetry={() => void sent.refetch()} withDetail /> : <LoadingState />;
  if (sent.data.length === 0) return <Text c="dimmed">{t('verifications.nothingSent')}</Text>;
  return (
    <Stack>
      {sent.data.map((m) => (
        <div key={m.id}>
          <Text size="sm" c="dimmed" mb={6}><TimeText value={m.created_at} format="exact" /></Text>
          <MessagePath message={m} />
        </div>
      ))}
    </Stack>
  );
}
