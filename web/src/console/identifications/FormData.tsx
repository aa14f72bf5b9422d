import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { TimeText, useLanguage } from '@/shared';
import { inLanguage } from '../frame/scenarios';
import { Facts } from '../parts/parts';
import { StateBadge } from '@/shared';
import { Group, Stack, Text } from '@mantine/core';

/** What the customer has filled in, in the order and with the labels of the scenario. */
export function FormData({ form, definition }: { form: Schema<'FormState'>; definition: Schema<'ScenarioDefinition'> | undefined }) {
  const { t } = useTranslation('console');
  const { language } = useLanguage();
  const fields = definition?.form ?? [];
  const show = (key: string, value: unknown): string => {
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
    const option = fields.find((f) => f.key === key)?.options?.find((o) => o.value === value);
    if (option) return inLanguage(option.label, language);
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const known = fields.map((f) => f.key);
  const keys = [...known.filter((k) => k in form.data), ...Object.keys(form.data).filter((k) => !known.includes(k))];
  const label = (key: string) => inLanguage(fields.find((f) => f.key === key)?.label, language) || key;
  return (
    <Stack gap="xs">
      <Facts items={keys.map((key) => [label(key), show(key, form.data[key])])} />
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          {t('case.version', { version: form.version })}
          {form.submitted_at && <> · <TimeText value={form.submitted_at} format="short" /></>}
        </Text>
        {form.version > 0 && form.confirmed_version === form.version ? (
          <StateBadge state="confirmed" tone="positive" />
        ) : (
          <StateBadge state="pending">{t('case.notConfirmed')}</StateBadge>
        )}
      </Group>
    </Stack>
  );
}
