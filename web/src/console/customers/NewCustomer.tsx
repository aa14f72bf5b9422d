import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, body, Problem } from '@/api';
import { languageCodes } from '@/shared';
import { useZones, zoneFilter } from '../parts/zones';
import { Failed } from '../parts/parts';

/** Adds a customer by hand, for trying things out: a bank's own programs do it by the API. */
export function NewCustomer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const zones = useZones();
  const form = useForm({
    initialValues: { name: '', phone: '', locale: '', time_zone: '', reference: '' },
    validate: { name: (v) => (v.trim() ? null : t('required')), phone: (v) => (v.trim() ? null : t('required')) },
  });
  const create = useMutation({
    mutationFn: (v: typeof form.values) => {
      const given = Object.fromEntries(Object.entries(v).map(([k, text]) => [k, text.trim()]).filter(([, text]) => text !== ''));
      return body(api.POST('/v1/customers', { body: { ...given, name: v.name.trim(), phone: v.phone.trim() } }));
    },
    onSuccess: (customer) => {
      void client.invalidateQueries({ queryKey: ['customers'] });
      onClose();
      form.reset();
      void navigate(`/customers/${customer.id}`);
    },
    onError: (error) => form.setErrors(Problem.from(error).fieldErrors),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{t('customers.new')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      <form onSubmit={form.onSubmit((v) => create.mutate(v))}>
        <Stack>
          <TextInput label={t('word.name')} required maxLength={200} data-autofocus {...form.getInputProps('name')} />
          <TextInput label={t('word.phone')} description={t('customers.phoneHelp')} placeholder="+84 90 123 45 67" type="tel" dir="ltr" required maxLength={40} {...form.getInputProps('phone')} />
          <Select label={t('word.language')} placeholder={t('customers.bankDefault')} clearable data={languageCodes.map((value) => ({ value, label: t(`language.${value}`) }))} {...form.getInputProps('locale')} value={form.values.locale || null} onChange={(v) => form.setFieldValue('locale', v ?? '')} />
          <Select label={t('word.zone')} placeholder={t('customers.bankDefault')} clearable searchable limit={60} data={zones} filter={zoneFilter} value={form.values.time_zone || null} onChange={(v) => form.setFieldValue('time_zone', v ?? '')} error={form.errors.time_zone} />
          <TextInput label={t('word.reference')} maxLength={200} {...form.getInputProps('reference')} />
          <Failed error={create.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
            <Button type="submit" loading={create.isPending}>{t('customers.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
