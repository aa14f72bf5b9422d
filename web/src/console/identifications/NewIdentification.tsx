import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body } from '@/api';
import { TimeText } from '@/shared';
import { useScenarios, useTranslated } from '../frame/scenarios';
import { everyPage } from '../parts/pages';
import { Copyable, Failed } from '../parts/parts';

/** Opens a case and shows the customer's link, to be copied. */
export function NewIdentification({ opened, onClose, customer }: { opened: boolean; onClose: () => void; customer?: { id: string; name: string } }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const translated = useTranslated();
  const client = useQueryClient();
  const scenarios = useScenarios().data?.filter((s) => s.enabled) ?? [];
  const customers = useQuery({
    queryKey: ['customers', 'all'],
    enabled: opened && !customer,
    queryFn: () => everyPage((cursor) => body(api.GET('/v1/customers', { params: { query: { limit: 100, cursor } } })), 5),
  });
  const form = useForm({
    initialValues: { customer_id: '', scenario: '', reference: '' },
    validate: { customer_id: (v) => (v ? null : t('required')), scenario: (v) => (v ? null : t('required')) },
  });
  const create = useMutation({
    mutationFn: (v: typeof form.values) =>
      body(api.POST('/v1/identifications', { body: { customer_id: v.customer_id, scenario: v.scenario, ...(v.reference.trim() ? { reference: v.reference.trim() } : {}) } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['identifications'] }),
  });
  const first = scenarios[0]?.slug;
  useEffect(() => {
    if (!opened) return;
    form.setValues((now) => ({ ...now, customer_id: customer?.id ?? now.customer_id, scenario: now.scenario || first || '' }));
  }, [opened, customer?.id, first]);
  const close = () => {
    onClose();
    create.reset();
    form.reset();
  };
  return (
    <Modal opened={opened} onClose={close} title={<Text fw={620}>{t('case.new')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }} size="lg">
      {create.data ? (
        <Stack>
          <Text>{t('case.linkText')}</Text>
          <Copyable label={t('case.link')} value={create.data.link.url} />
          <Text size="sm" c="dimmed">
            {t('case.linkUntil')} <TimeText value={create.data.link.expires_at} />
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>{common('action.close')}</Button>
            <Button component={Link} to={`/identifications/${create.data.identification.id}`} onClick={close}>{t('openCase')}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit((v) => create.mutate(v))}>
          <Stack>
            {customer ? (
              <Text>{t('word.customer')}: <b>{customer.name}</b></Text>
            ) : (
              <Select
                label={t('word.customer')}
                required
                searchable
                nothingFoundMessage={t('customers.none')}
                data={(customers.data ?? []).map((c) => ({ value: c.id, label: `${c.name} · ${c.reference ?? c.phone}` }))}
                {...form.getInputProps('customer_id')}
              />
            )}
            <Select label={t('word.scenario')} required allowDeselect={false} data={scenarios.map((s) => ({ value: s.slug, label: translated(s.definition.name) }))} {...form.getInputProps('scenario')} />
            <TextInput label={t('word.reference')} description={t('case.referenceHelp')} maxLength={200} {...form.getInputProps('reference')} />
            <Failed error={create.error ?? customers.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>{common('action.cancel')}</Button>
              <Button type="submit" loading={create.isPending}>{t('case.create')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
