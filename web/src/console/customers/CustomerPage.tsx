import { Button, Group, Stack, Text } from '@mantine/core';
import { IconDeviceMobile, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { api, body, Problem, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useTranslated } from '../frame/scenarios';
import { NewIdentification } from '../identifications/NewIdentification';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { Facts, Section } from '../parts/parts';
import { SeriesPart } from '../series/SeriesPart';
import { useMay } from '../session/roles';
import { Factors } from '../verifications/Factors';

/** One customer: what is known, their cases, their devices. */
export function CustomerPage() {
  const { t } = useTranslation('console');
  const { customerId = '' } = useParams();
  const translated = useTranslated();
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const customer = useQuery({
    queryKey: ['customers', customerId],
    queryFn: () => body(api.GET('/v1/customers/{customer_id}', { params: { path: { customer_id: customerId } } })),
  });
  const cases = useList<Schema<'IdentificationSummary'>>(['identifications', 'list', { customer_id: customerId }], (cursor) =>
    body(api.GET('/v1/identifications', { params: { query: { customer_id: customerId, limit: 25, cursor } } })),
  );
  const c = customer.data;
  if (!c) {
    return (
      <ConsolePage title={t('word.customer')}>
        {customer.error ? <ErrorState error={customer.error} onRetry={() => void customer.refetch()} withDetail /> : <LoadingState />}
      </ConsolePage>
    );
  }
  return (
    <ConsolePage
      title={c.name}
      actions={may('openCases') && <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setCreating(true)}>{t('case.new')}</Button>}
    >
      <Stack gap="lg" maw={1000}>
        <Section title={t('word.customer')}>
          <Facts
            items={[
              [t('word.name'), c.name],
              [t('word.phone'), <PhoneText key="p" value={c.phone} />],
              [t('word.reference'), c.reference],
              [t('word.language'), t(`language.${c.locale}`)],
              [t('word.zone'), <span key="z">{c.time_zone.replaceAll('_', ' ')} · <TimeText value={new Date()} zone={c.time_zone} format="time" /></span>],
              [t('customers.segment'), c.segment],
              [t('word.created'), <TimeText key="t" value={c.created_at} />],
            ]}
          />
        </Section>
        <Section title={t('nav.identifications')} actions={may('seeMessages') && <Link to={`/activity/messages?customer=${c.id}`} style={{ color: 'var(--mantine-color-anchor)' }}>{t('customers.messages')}</Link>}>
          <ListTable
            label={t('nav.identifications')}
            list={cases}
            to={(i) => `/identifications/${i.id}`}
            columns={[
              { key: 'scenario', title: t('word.scenario'), render: (i) => translated(i.scenario.name) },
              { key: 'state', title: t('word.state'), render: (i) => <StateBadge state={i.state} /> },
              { key: 'reference', title: t('word.reference'), wide: true, render: (i) => i.reference },
              { key: 'created', title: t('word.created'), render: (i) => <TimeText value={i.created_at} format="short" /> },
            ]}
            empty={<EmptyState title={t('case.none')} />}
          />
        </Section>
        <SeriesPart customer={c} />
        <Factors customerId={c.id} />
        <Devices customerId={c.id} />
      </Stack>
      <NewIdentification opened={creating} onClose={() => setCreating(false)} customer={c} />
    </ConsolePage>
  );
}

function Devices({ customerId }: { customerId: string }) {
  const { t } = useTranslation('console');
  const devices = useQuery({
    queryKey: ['customers', customerId, 'devices'],
    queryFn: async () => (await body(api.GET('/v1/customers/{customer_id}/devices', { params: { path: { customer_id: customerId } } }))).items,
  });
  // Where only the bank's programs may see devices there is nothing to show.
  if (devices.error && Problem.from(devices.error).status === 403) return null;
  return (
    <Section title={t('customers.devices')}>
      {!devices.data ? (
        devices.error ? <ErrorState error={devices.error} onRetry={() => void devices.refetch()} /> : <LoadingState />
      ) : devices.data.length === 0 ? (
        <EmptyState title={t('customers.noDevices')} icon={<IconDeviceMobile size={24} stroke={1.6} />}>{t('customers.noDevicesText')}</EmptyState>
      ) : (
        <Stack gap="sm">
          {devices.data.map((d) => (
            <Group key={d.id} justify="space-between">
              <div>
                <Text>{d.name || t('customers.device')}</Text>
                <Text size="sm" c="dimmed" dir="ltr">{d.provider} …{d.token_hint}</Text>
              </div>
              <Group gap="sm">
                <Text size="sm" c="dimmed"><TimeText value={d.created_at} format="short" /></Text>
                <StateBadge state={d.disabled_at ? 'disabled' : 'enabled'} />
              </Group>
            </Group>
          ))}
        </Stack>
      )}
    </Section>
  );
}
