import { Alert, Button, Group, NumberInput, Radio, Select, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconInfoCircle, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { useNumber } from '../parts/number';
import { OrderList } from '../parts/OrderList';
import { Facts, OnceModal, Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { AdminPage } from './AdminPage';

type Settings = Schema<'VerificationSettings'>;
type Way = Schema<'VerificationWay'>;
const ways: Way[] = ['push', 'totp', 'sms', 'voice', 'flash'];
const numbers = [
  { key: 'digits', min: 6, max: 10 }, { key: 'payment_digits', min: 8, max: 10 }, { key: 'life_seconds', min: 60, max: 600 },
  { key: 'freeze_hours', min: 0, max: 720 }, { key: 'hourly_sends', min: 1, max: 10_000_000 }, { key: 'spraying_limit', min: 10, max: 1_000_000 },
] as const;

/** The bank's rules for second factors: the order of ways, what bounds them, and whom to ask before a code goes by phone. */
export function VerificationSettingsPage() {
  const settings = useQuery({ queryKey: ['verification-settings'], queryFn: () => body(api.GET('/v1/verification-settings')) });
  return (
    <AdminPage>
      {settings.data ? <Form key={JSON.stringify(settings.data)} settings={settings.data} /> : settings.error ? <ErrorState error={settings.error} onRetry={() => void settings.refetch()} withDetail /> : <LoadingState />}
    </AdminPage>
  );
}

function Form({ settings: s }: { settings: Settings }) {
  const { t } = useTranslation('console');
  const number = useNumber();
  const client = useQueryClient();
  const say = useSay();
  const [secret, setSecret] = useState<string | null>();
  const form = useForm({
    initialValues: {
      preference: s.preference,
      ...(Object.fromEntries(numbers.map(({ key }) => [key, s[key]])) as Record<(typeof numbers)[number]['key'], number | ''>),
      flash_numbers: s.flash_numbers,
      risk_hook: s.risk_hook ?? '',
      risk_fail: s.risk_fail,
    },
    validate: {
      preference: (v) => (v.length > 0 ? null : t('required')),
      risk_hook: (v) => (v === '' || /^https:\/\/\S+$/.test(v) ? null : t('vset.hookWrong')),
      ...Object.fromEntries(numbers.map(({ key, min, max }) => [key, (v: unknown) => (typeof v === 'number' && v >= min && v <= max ? null : t('vset.between', { min, max }))])),
    },
  });
  const save = useMutation({
    mutationFn: (v: typeof form.values) =>
      body(api.PUT('/v1/verification-settings', {
        body: {
          preference: v.preference,
          ...(Object.fromEntries(numbers.map(({ key }) => [key, Number(v[key])])) as Record<(typeof numbers)[number]['key'], number>),
          flash_numbers: v.flash_numbers,
          risk_hook: v.risk_hook || undefined,
          risk_fail: v.risk_fail as 'closed' | 'open',
        },
      })),
    onSuccess: ({ risk_secret, ...saved }) => {
      say.done(t('saved'));
      if (risk_secret !== undefined) setSecret(risk_secret);
      else client.setQueryData(['verification-settings'], saved);
    },
    onError: (error) => form.setErrors(Object.fromEntries(Problem.from(error).fields.map((f) => [f.field.split('.')[0]!, f.reason]))),
  });
  const { preference } = form.values;
  const unused = ways.filter((w) => !preference.includes(w));
  const restrictedFirst = ['sms', 'voice', 'flash'].includes(preference[0] ?? '');
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <Stack gap="lg" maw={820}>
        <Section title={t('vset.order')}>
          <Text c="dimmed" mb="sm">{t('vset.orderHelp')}</Text>
          <OrderList
            label={t('vset.order')}
            items={preference}
            keyOf={(w) => w}
            nameOf={(w) => t(`way.${w}`)}
            onChange={(v) => form.setFieldValue('preference', v)}
            render={(w) => (
              <Group justify="space-between" gap="xs">
                <span>
                  {t(`way.${w}`)}
                  {['sms', 'voice', 'flash'].includes(w) && <Text span size="sm" c="dimmed"> · {t('verifications.restrictedShort')}</Text>}
                </span>
                {preference.length > 1 && (
                  <Button size="compact-xs" variant="subtle" color="gray" leftSection={<IconX size={14} aria-hidden="true" />} aria-label={t('vset.leaveOutOf', { way: t(`way.${w}`) })} onClick={() => form.setFieldValue('preference', preference.filter((x) => x !== w))}>
                    {t('vset.leaveOut')}
                  </Button>
                )}
              </Group>
            )}
          />
          {unused.length > 0 && (
            <Select mt="sm" label={t('vset.addWay')} placeholder={t('vset.addWay')} value={null} onChange={(w) => w && form.setFieldValue('preference', [...preference, w as Way])} data={unused.map((value) => ({ value, label: t(`way.${value}`) }))} />
          )}
          <Alert mt="md" color={restrictedFirst ? 'yellow' : 'gray'} icon={<IconInfoCircle size={20} aria-hidden="true" />} title={t('verifications.restricted')}>
            {t(restrictedFirst ? 'vset.restrictedFirst' : 'verifications.restrictedText')}
          </Alert>
        </Section>
        <Section title={t('vset.bounds')}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {numbers.map(({ key, min, max }) => (
              <NumberInput key={key} label={t(`vset.${key}`)} description={t(`vset.help.${key}`)} min={min} max={max} clampBehavior="none" allowDecimal={false} allowNegative={false} thousandSeparator=" " {...form.getInputProps(key)} />
            ))}
          </SimpleGrid>
        </Section>
        <Section title={t('vset.fixed')}>
          <Text c="dimmed" mb="sm">{t('vset.fixedHelp')}</Text>
          <Facts
            items={[
              [t('vset.limit.checks'), number(5)],
              [t('vset.limit.failures'), number(10)],
              [t('vset.limit.total'), number(100)],
              [t('vset.limit.resend'), t('vset.limit.resendValue')],
              [t('vset.limit.session'), t('vset.limit.sessionValue')],
            ]}
          />
        </Section>
        <Section title={t('vset.hooks')}>
          <Stack>
            <TextInput label={t('vset.hook')} description={t('vset.hookHelp')} dir="ltr" type="url" placeholder="https://" {...form.getInputProps('risk_hook')} />
            <Radio.Group label={t('vset.silence')} {...form.getInputProps('risk_fail')}>
              <Stack gap="xs" mt="xs">
                <Radio value="closed" label={t('vset.closed')} />
                <Radio value="open" label={t('vset.open')} />
              </Stack>
            </Radio.Group>
            <TagsInput label={t('vset.flash')} description={t('vset.flashHelp')} dir="ltr" maxTags={1000} {...form.getInputProps('flash_numbers')} />
          </Stack>
        </Section>
        <SaveBar dirty={form.isDirty()} save={save} onReset={() => form.reset()} />
      </Stack>
      <OnceModal title={t('vset.secret')} text={t('vset.secretText')} value={secret} onClose={() => { setSecret(undefined); void client.invalidateQueries({ queryKey: ['verification-settings'] }); }} />
    </form>
  );
}
