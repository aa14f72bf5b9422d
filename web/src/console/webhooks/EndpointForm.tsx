import { Button, Group, Modal, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { Failed } from '../parts/parts';

/** The types that banks most often want; any other can be typed in. */
const common = [
  'booking.confirmed', 'booking.moved', 'booking.cancelled', 'booking.missed', 'call.answered', 'call.missed', 'call.ended',
  'identification.approved', 'identification.rejected', 'identification.completed', 'identification.declined', 'message.delivered', 'message.undelivered', 'verification.approved',
];

export interface EndpointFormProps {
  opened: boolean;
  onClose: () => void;
  /** Changes this one instead of adding one. */
  endpoint?: Schema<'WebhookEndpoint'>;
  /** Of a new endpoint; null when it was told before. */
  onSecret?: (secret: string | null) => void;
}

export function EndpointForm({ opened, onClose, endpoint, onSecret }: EndpointFormProps) {
  const { t } = useTranslation('console');
  const { t: shared } = useTranslation();
  const client = useQueryClient();
  const form = useForm({
    initialValues: { url: '', types: [] as string[], description: '' },
    validate: { url: (v) => (/^https?:\/\/\S+$/.test(v.trim()) ? null : t('webhooks.urlWrong')) },
  });
  useEffect(() => {
    if (opened) form.setValues({ url: endpoint?.url ?? '', types: endpoint?.types ?? [], description: endpoint?.description ?? '' });
  }, [opened, endpoint]);
  const save = useMutation({
    mutationFn: async (v: typeof form.values) => {
      const fields = { ...v, url: v.url.trim() };
      if (endpoint) {
        await api.PATCH('/v1/webhook-endpoints/{endpoint_id}', { params: { path: { endpoint_id: endpoint.id } }, body: fields });
        return undefined;
      }
      return body(api.POST('/v1/webhook-endpoints', { body: fields }));
    },
    onSuccess: (issued) => {
      void client.invalidateQueries({ queryKey: ['webhook-endpoints'] });
      onClose();
      form.reset();
      if (issued) onSecret?.(issued.secret);
    },
    onError: (error) => form.setErrors(Problem.from(error).fieldErrors),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{t(endpoint ? 'webhooks.change' : 'webhooks.new')}</Text>} closeButtonProps={{ 'aria-label': shared('action.close') }}>
      <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
        <Stack>
          <TextInput label="URL" description={t('webhooks.urlHelp')} placeholder="https://bank.example/hooks" type="url" dir="ltr" required maxLength={2000} data-autofocus {...form.getInputProps('url')} />
          <TagsInput label={t('webhooks.types')} description={t('webhooks.typesHelp')} data={common} dir="ltr" clearable {...form.getInputProps('types')} />
          <TextInput label={t('webhooks.description')} maxLength={500} {...form.getInputProps('description')} />
          <Failed error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{shared('action.cancel')}</Button>
            <Button type="submit" loading={save.isPending}>{endpoint ? shared('action.save') : t('webhooks.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
