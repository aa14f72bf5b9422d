import { Alert, Button, Drawer, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useEventWords } from '../events/words';
import { ListTable } from '../parts/ListTable';
import { useNumber } from '../parts/number';
import { useList } from '../parts/pages';
import { Facts, OnceModal, Section, useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { DeliveryDetails } from './DeliveryDetails';
import { EndpointForm } from './EndpointForm';

const states: Schema<'WebhookDeliveryState'>[] = ['pending', 'succeeded', 'failed', 'cancelled'];

/** One endpoint: its settings, its secret, and the log of what was sent to it. */
export function EndpointPage() {
  const { t } = useTranslation('console');
  const number = useNumber();
  const { t: common } = useTranslation();
  const words = useEventWords();
  const { endpointId = '' } = useParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const [secret, setSecret] = useState<string | null>();
  const [changing, setChanging] = useState(false);
  const [state, setState] = useState<Schema<'WebhookDeliveryState'> | null>(null);
  const [opened, setOpened] = useState<string>();
  const path = { params: { path: { endpoint_id: endpointId } } };
  const endpoint = useQuery({ queryKey: ['webhook-endpoints', endpointId], queryFn: () => body(api.GET('/v1/webhook-endpoints/{endpoint_id}', path)) });
  const log = useList<Schema<'WebhookDelivery'>>(['webhook-deliveries', 'list', endpointId, state], (cursor) =>
    body(api.GET('/v1/webhook-endpoints/{endpoint_id}/deliveries', { params: { ...path.params, query: { state: state ?? undefined, limit: 50, cursor } } })),
  );
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['webhook-endpoints'] });
    void client.invalidateQueries({ queryKey: ['webhook-deliveries'] });
  };
  const test = useMutation({
    mutationFn: () => body(api.POST('/v1/webhook-endpoints/{endpoint_id}/test', path)),
    onSuccess: (delivery) => {
      refresh();
      setOpened(delivery.id);
    },
    onError: say.failed,
  });
  const e = endpoint.data;
  if (!e) {
    return (
      <ConsolePage title={t('nav.webhooks')}>
        {endpoint.error ? <ErrorState error={endpoint.error} onRetry={() => void endpoint.refetch()} withDetail /> : <LoadingState />}
      </ConsolePage>
    );
  }
  const setEnabled = async (to: 'enabled' | 'disabled') => {
    await api.PATCH('/v1/webhook-endpoints/{endpoint_id}', { ...path, body: { state: to } });
    refresh();
  };
  const rotate = async () => {
    const issued = await body(api.POST('/v1/webhook-endpoints/{endpoint_id}/rotate-secret', path));
    setSecret(issued.secret);
  };
  const remove = async () => {
    await api.DELETE('/v1/webhook-endpoints/{endpoint_id}', path);
    void navigate('/activity/webhooks');
    client.removeQueries({ queryKey: ['webhook-endpoints', endpointId] }); // asking for it again would find nothing
    void client.invalidateQueries({ queryKey: ['webhook-endpoints', 'list'] });
  };
  return (
    <ConsolePage title={t('nav.webhooks')} titleExtra={<StateBadge state={e.state} />}>
      <Stack gap="lg" maw={1100}>
        {e.state === 'disabled' && e.disabled_why && <Alert color="yellow">{t('webhooks.disabledWhy')} {t(`webhooks.why.${e.disabled_why as 'gone'}`, { defaultValue: e.disabled_why })}</Alert>}
        <Section
          title={t('webhooks.endpoint')}
          actions={
            <Group gap="xs">
              <Button onClick={() => test.mutate()} loading={test.isPending} disabled={e.state !== 'enabled'}>{t('webhooks.test')}</Button>
              <Button variant="default" onClick={() => setChanging(true)}>{t('webhooks.change')}</Button>
            </Group>
          }
        >
          <Facts
            items={[
              ['URL', <span key="u" className={parts.mono}>{e.url}</span>],
              [t('webhooks.types'), e.types.length === 0 ? t('webhooks.everyType') : <span key="t" className={parts.mono}>{e.types.join(', ')}</span>],
              [t('webhooks.description'), e.description],
              [t('word.created'), <TimeText key="c" value={e.created_at} />],
            ]}
          />
          <Group gap="xs" mt="md">
            <ConfirmButton color="petrol" title={t('webhooks.rotateTitle')} message={t('webhooks.rotateText')} onConfirm={rotate}>{t('webhooks.rotate')}</ConfirmButton>
            {e.state === 'enabled' ? (
              <ConfirmButton title={t('webhooks.disableTitle')} message={t('webhooks.disableText')} onConfirm={() => setEnabled('disabled')}>{t('disable')}</ConfirmButton>
            ) : (
              <ConfirmButton color="petrol" title={t('webhooks.enableTitle')} message={t('webhooks.enableText')} onConfirm={() => setEnabled('enabled')}>{t('enable')}</ConfirmButton>
            )}
            <ConfirmButton title={t('webhooks.deleteTitle')} message={t('webhooks.deleteText')} onConfirm={remove}>{t('delete')}</ConfirmButton>
          </Group>
        </Section>
        <Section
          title={t('webhooks.log')}
          actions={<Select aria-label={t('word.state')} placeholder={t('all')} clearable w={180} value={state} onChange={(v) => setState(v as typeof state)} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />}
        >
          <ListTable
            label={t('webhooks.log')}
            list={log}
            onOpen={(d) => setOpened(d.id)}
            columns={[
              { key: 'type', title: t('events.what'), render: (d) => words(d.event_type) },
              { key: 'state', title: t('word.state'), render: (d) => <StateBadge state={d.state} /> },
              { key: 'status', title: 'HTTP', wide: true, render: (d) => d.last_status ?? (d.last_error ? t('webhooks.noAnswer') : '') },
              { key: 'attempts', title: t('webhooks.attempts'), wide: true, render: (d) => number(d.attempts) },
              { key: 'due', title: t('webhooks.nextTry'), wide: true, render: (d) => d.due_at && <TimeText value={d.due_at} format="short" /> },
              { key: 'created', title: t('word.created'), render: (d) => <TimeText value={d.created_at} format="short" /> },
            ]}
            empty={<EmptyState title={t('webhooks.nothingSent')}>{t('webhooks.nothingSentText')}</EmptyState>}
          />
        </Section>
      </Stack>
      <EndpointForm opened={changing} onClose={() => setChanging(false)} endpoint={e} />
      <OnceModal title={t('webhooks.secret')} text={t('webhooks.secretText')} value={secret} onClose={() => setSecret(undefined)} />
      <Drawer opened={opened !== undefined} onClose={() => setOpened(undefined)} position="right" size={560} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{t('webhooks.delivery')}</Text>}>
        {opened && <DeliveryDetails key={opened} deliveryId={opened} onOther={setOpened} />}
      </Drawer>
    </ConsolePage>
  );
}
