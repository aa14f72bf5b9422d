import { ActionIcon, Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { Failed, useSay } from '../parts/parts';

/** How the bank's SMS are written, and what they cost. */
export function TextSettingsForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const settings = useQuery({ queryKey: ['texts', 'settings'], enabled: opened, queryFn: () => body(api.GET('/v1/texts/settings')) });
  const [form, setForm] = useState<Schema<'TextSettings'>>();
  useEffect(() => {
    if (opened) setForm(settings.data);
  }, [opened, settings.data]);
  const save = useMutation({
    mutationFn: (to: Schema<'TextSettings'>) => body(api.PUT('/v1/texts/settings', { body: { ...to, web_otp_host: to.web_otp_host?.trim().toLowerCase() || undefined } })),
    onSuccess: () => {
      say.done(t('saved'));
      void client.invalidateQueries({ queryKey: ['texts'] });
      onClose();
    },
  });
  const prices = form?.prices ?? [];
  const price = (i: number, to: Partial<(typeof prices)[number]>) => setForm({ ...form, prices: prices.map((p, j) => (i === j ? { ...p, ...to } : p)) });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{t('texts.settings')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }} size="lg">
      {!form ? (
        settings.error ? <ErrorState error={settings.error} onRetry={() => void settings.refetch()} withDetail /> : <LoadingState />
      ) : (
        <form onSubmit={(e) => { e.preventDefault(); save.mutate(form); }}>
          <Stack>
            <Select
              label={t('texts.vietnamese')}
              allowDeselect={false}
              value={form.vietnamese_sms ?? 'accented'}
              onChange={(v) => setForm({ ...form, vietnamese_sms: v as 'accented' })}
              data={(['accented', 'shorter', 'unaccented'] as const).map((value) => ({ value, label: t(`texts.vi.${value}`) }))}
            />
            <TextInput label={t('texts.host')} description={t('texts.hostHelp')} dir="ltr" maxLength={60} value={form.web_otp_host ?? ''} onChange={(e) => setForm({ ...form, web_otp_host: e.currentTarget.value })} />
            <Checkbox label={t('texts.notMe')} checked={form.not_me_hint ?? false} onChange={(e) => setForm({ ...form, not_me_hint: e.currentTarget.checked })} />
            <fieldset style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
              <Text component="legend" size="sm" fw={560}>{t('texts.prices')}</Text>
              <Stack gap="xs" mt={6}>
                {prices.length === 0 && <Text size="sm" c="dimmed">{t('texts.noPrices')}</Text>}
                {prices.map((p, i) => (
                  <Group key={i} gap="xs" wrap="nowrap" align="flex-end">
                    <TextInput style={{ flex: 1 }} label={t('texts.prefix')} dir="ltr" placeholder="+84" required value={p.prefix} onChange={(e) => price(i, { prefix: e.currentTarget.value.trim() })} />
                    <TextInput style={{ flex: 1 }} label={t('texts.price')} dir="ltr" inputMode="decimal" placeholder="0.0452" required value={p.segment} onChange={(e) => price(i, { segment: e.currentTarget.value.trim().replace(',', '.') })} />
                    <TextInput style={{ width: 90 }} label={t('texts.currency')} dir="ltr" placeholder="USD" minLength={3} maxLength={3} required value={p.currency} onChange={(e) => price(i, { currency: e.currentTarget.value.toUpperCase() })} />
                    <ActionIcon size="lg" variant="subtle" color="gray" aria-label={t('texts.removePrice', { prefix: p.prefix })} onClick={() => setForm({ ...form, prices: prices.filter((_, j) => i !== j) })}>
                      <IconTrash size={16} aria-hidden="true" />
                    </ActionIcon>
                  </Group>
                ))}
                <div>
                  <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden="true" />} onClick={() => setForm({ ...form, prices: [...prices, { prefix: '', currency: prices.at(-1)?.currency ?? '', segment: '' }] })}>
                    {t('texts.addPrice')}
                  </Button>
                </div>
              </Stack>
            </fieldset>
            <Failed error={save.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
              <Button type="submit" loading={save.isPending}>{common('action.save')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
