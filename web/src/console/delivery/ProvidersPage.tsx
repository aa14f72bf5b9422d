import { Stack, Table, Text } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState, StateBadge, TimeText, useLanguage } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { useNumber } from '../parts/number';
import { Section } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { share } from './routes';

const tones = { closed: 'positive', half_open: 'warning', open: 'negative' } as const;

/** How each provider does: whether it is used, since when it is not, and how many codes sent by it were confirmed. */
export function ProvidersPage() {
  const { t } = useTranslation('console');
  const providers = useQuery({ queryKey: ['providers'], queryFn: () => body(api.GET('/v1/providers')), refetchInterval: 5_000 });
  return (
    <ConsolePage title={t('nav.activity')}>
      <ActivityTabs />
      {!providers.data ? (
        providers.error ? <ErrorState error={providers.error} onRetry={() => void providers.refetch()} withDetail /> : <LoadingState />
      ) : (
        <Stack gap="lg" maw={1100}>
          {providers.error && <Text role="alert" c="var(--vv-negative-fg)">{t('messages.old')}</Text>}
          <Health list={providers.data.providers} />
          <Conversions list={providers.data.conversions} />
        </Stack>
      )}
    </ConsolePage>
  );
}

function Health({ list }: { list: Schema<'ProviderHealth'>[] }) {
  const { t } = useTranslation('console');
  const number = useNumber();
  return (
    <Section title={t('providers.health')}>
      <Text c="dimmed" mb="sm">{t('providers.healthHelp')}</Text>
      {list.length === 0 ? (
        <EmptyState title={t('providers.none')} icon={<IconPlugConnected size={24} stroke={1.6} />} />
      ) : (
        <div className={parts.tableFrame}>
          <Table aria-label={t('providers.health')}>
            <Table.Thead><Table.Tr>
              <Table.Th scope="col">{t('providers.provider')}</Table.Th><Table.Th scope="col">{t('messages.channel')}</Table.Th><Table.Th scope="col">{t('word.state')}</Table.Th>
              <Table.Th scope="col" data-wide>{t('providers.sent')}</Table.Th><Table.Th scope="col" data-wide>{t('providers.failed')}</Table.Th>
            </Table.Tr></Table.Thead>
            <Table.Tbody>
              {list.map((p) => (
                <Table.Tr key={`${p.channel}/${p.provider}/${p.prefix ?? ''}`}>
                  <Table.Th scope="row"><bdi>{p.provider}</bdi>{p.prefix && <Text span c="dimmed"> <bdi dir="ltr">{p.prefix}</bdi></Text>}</Table.Th>
                  <Table.Td>{t(`channel.${p.channel}`)}</Table.Td>
                  <Table.Td>
                    <StateBadge state={p.state} tone={tones[p.state]}>{t(`providers.state.${p.state}`)}</StateBadge>
                    {p.state !== 'closed' && <Text size="sm" c="dimmed">{t('providers.since')} <TimeText value={p.since} format="exact" /></Text>}
                  </Table.Td>
                  <Table.Td data-wide>{number(p.sent)}</Table.Td>
                  <Table.Td data-wide>{number(p.failed)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}

function Conversions({ list }: { list: Schema<'RouteConversion'>[] }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const percent = new Intl.NumberFormat(intl, { style: 'percent' });
  return (
    <Section title={t('providers.conversion')}>
      <Text c="dimmed" mb="sm">{t('providers.conversionHelp')}</Text>
      {list.length === 0 ? (
        <Text>{t('providers.noCodes')}</Text>
      ) : (
        <div className={parts.tableFrame}>
          <Table aria-label={t('providers.conversion')}>
            <Table.Thead><Table.Tr>
              <Table.Th scope="col">{t('providers.route')}</Table.Th><Table.Th scope="col">{t('routes.prefix')}</Table.Th><Table.Th scope="col">{t('providers.confirmed')}</Table.Th><Table.Th scope="col">{t('word.state')}</Table.Th>
            </Table.Tr></Table.Thead>
            <Table.Tbody>
              {list.map((c) => (
                <Table.Tr key={`${c.route} ${c.prefix}`}>
                  <Table.Th scope="row">{c.route ? <bdi>{c.route}</bdi> : t('providers.everyRoute')}</Table.Th>
                  <Table.Td><bdi dir="ltr">{c.prefix}</bdi></Table.Td>
                  <Table.Td>{c.sent > 0 && percent.format(share(c))} <Text span size="sm" c="dimmed">{t('providers.of', { confirmed: c.confirmed, sent: c.sent })}</Text></Table.Td>
                  <Table.Td><StateBadge state={c.stopped ? 'stopped' : 'used'} tone={c.stopped ? 'negative' : 'positive'}>{t(c.stopped ? 'providers.stopped' : 'providers.used')}</StateBadge></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}
