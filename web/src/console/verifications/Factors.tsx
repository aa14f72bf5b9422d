import { Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { Section, useSay } from '../parts/parts';
import { useMay } from '../session/roles';

/** What a customer holds besides a number: devices with a key, authenticator apps. */
export function Factors({ customerId }: { customerId: string }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const factors = useQuery({
    queryKey: ['customers', customerId, 'factors'],
    queryFn: async () => (await body(api.GET('/v1/customers/{customer_id}/factors', { params: { path: { customer_id: customerId } } }))).items,
  });
  return (
    <Section
      title={t('factors.title')}
      actions={may('seeMessages') && <Link to={`/activity/verifications?customer=${customerId}`} style={{ color: 'var(--mantine-color-anchor)' }}>{t('factors.verifications')}</Link>}
    >
      {!factors.data ? (
        factors.error ? <ErrorState error={factors.error} onRetry={() => void factors.refetch()} withDetail /> : <LoadingState />
      ) : factors.data.length === 0 ? (
        <EmptyState title={t('factors.none')} icon={<IconKey size={24} stroke={1.6} />}>{t('factors.noneText')}</EmptyState>
      ) : (
        <Stack gap="sm">{factors.data.map((f) => <Factor key={f.id} factor={f} customerId={customerId} />)}</Stack>
      )}
    </Section>
  );
}

function Factor({ factor: f, customerId }: { factor: Schema<'Factor'>; customerId: string }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const name = f.name || t(`way.${f.kind}`);
  const remove = async () => {
    await api.DELETE('/v1/customers/{customer_id}/factors/{factor_id}', { params: { path: { customer_id: customerId, factor_id: f.id } } });
    say.done(t('factors.removed'));
    void client.invalidateQueries({ queryKey: ['customers', customerId, 'factors'] });
  };
  return (
    <Group justify="space-between">
      <div>
        <Text><bdi>{name}</bdi></Text>
        <Text size="sm" c="dimmed">
          {t(`way.${f.kind}`)} · {t('word.created')} <TimeText value={f.created_at} format="short" />
          {f.last_used_at && <> · {t('factors.used')} <TimeText value={f.last_used_at} format="short" /></>}
        </Text>
      </div>
      <Group gap="sm">
        <StateBadge state={f.state} tone={f.state === 'active' ? 'positive' : 'warning'}>{t(`factors.state.${f.state}`)}</StateBadge>
        {may('administer') && (
          <ConfirmButton size="xs" title={t('factors.removeTitle', { name: `\u2068${name}\u2069` })} message={t('factors.removeText')} confirmLabel={t('factors.remove')} onConfirm={remove} aria-label={`${t('factors.remove')}: ${name}`}>
            {t('factors.remove')}
          </ConfirmButton>
        )}
      </Group>
    </Group>
  );
}
