import { NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, languageCodes, LoadingState } from '@/shared';
import { Facts, Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { useZones, zoneFilter } from '../parts/zones';
import { AdminPage } from './AdminPage';

/** The bank's name and the times by which the promise runs. */
export function BankPage() {
  const bank = useQuery({ queryKey: ['banks', 'mine'], queryFn: () => body(api.GET('/v1/bank')) });
  return (
    <AdminPage>
      {bank.data ? <Settings key={JSON.stringify(bank.data)} bank={bank.data} /> : bank.error ? <ErrorState error={bank.error} onRetry={() => void bank.refetch()} withDetail /> : <LoadingState />}
    </AdminPage>
  );
}

const times = ['ring_sms_after', 'ring_missed_after', 'offer_seconds', 'unserved_after', 'reconnect_grace'] as const;

function Settings({ bank }: { bank: Schema<'Bank'> }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const zones = useZones();
  const s = bank.settings;
  const form = useForm({
    initialValues: {
      name: bank.name,
      default_locale: s.default_locale ?? 'en',
      default_time_zone: s.default_time_zone ?? 'UTC',
      reminders: (s.reminder_offsets ?? []).map((seconds) => String(seconds / 60)),
      countries: s.countries ?? [],
      campaign_four_eyes: s.campaign_four_eyes ?? 0,
      ticket_keep_days: s.ticket_keep_days ?? 30,
      ...(Object.fromEntries(times.map((key) => [key, s[key] ?? ''])) as Record<(typeof times)[number], number | ''>),
    },
    validate: {
      name: (v) => (v.trim() ? null : t('required')),
      reminders: (v) => (v.every((m) => /^\d+(\.\d+)?$/.test(m) && Number(m) >= 1 && Number(m) <= 43200) ? null : t('admin.remindersWrong')),
      campaign_four_eyes: (v: number | string) => (v === 0 || (typeof v === 'number' && v >= 1 && v <= 1_000_000) ? null : t('vset.between', { min: 1, max: 1_000_000 })),
      ticket_keep_days: (v: number | string) => (typeof v === 'number' && v >= 1 && v <= 3650 ? null : t('vset.between', { min: 1, max: 3650 })),
      countries: (v) => (v.every((c) => /^[A-Za-z]{2}$/.test(c)) ? null : t('admin.countriesWrong')),
    },
  });
  const save = useMutation({
    mutationFn: ({ name, reminders, ...v }: typeof form.values) =>
      api.PATCH('/v1/bank', {
        body: {
          name: name.trim(),
          settings: {
            default_locale: v.default_locale,
            default_time_zone: v.default_time_zone,
            campaign_four_eyes: Number(v.campaign_four_eyes) || 0,
            ticket_keep_days: v.ticket_keep_days,
            countries: v.countries.map((c) => c.toUpperCase()),
            reminder_offsets: reminders.map((m) => Math.round(Number(m) * 60)).sort((a, b) => b - a),
            ...Object.fromEntries(times.filter((key) => v[key] !== '').map((key) => [key, Number(v[key])])),
          },
        },
      }),
    onSuccess: () => {
      say.done(t('saved'));
      for (const key of ['banks', 'session', 'slots']) void client.invalidateQueries({ queryKey: [key] });
    },
    onError: (error) => form.setErrors(Object.fromEntries(Problem.from(error).fields.map((f) => [f.field.replace(/^settings\./, ''), f.reason]))),
  });
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <Stack gap="lg" maw={820}>
        <Section title={t('admin.bank')}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label={t('word.name')} description={t('admin.bankNameHelp')} required maxLength={200} {...form.getInputProps('name')} />
            <div />
            <Select label={t('admin.defaultLocale')} allowDeselect={false} data={languageCodes.map((value) => ({ value, label: t(`language.${value}`) }))} {...form.getInputProps('default_locale')} />
            <Select label={t('admin.defaultZone')} allowDeselect={false} searchable limit={60} data={zones} filter={zoneFilter} {...form.getInputProps('default_time_zone')} />
            <TagsInput label={t('admin.reminders')} description={t('admin.remindersHelp')} maxTags={10} {...form.getInputProps('reminders')} />
            <TagsInput label={t('admin.countries')} description={t('admin.countriesHelp')} {...form.getInputProps('countries')} />
          </SimpleGrid>
        </Section>
        <Section title={t('admin.times')}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {times.map((key) => (
              <NumberInput key={key} label={t(`admin.time.${key}`)} suffix={t('admin.seconds')} min={1} allowDecimal={false} {...form.getInputProps(key)} />
            ))}
          </SimpleGrid>
        </Section>
        <Section title={t('admin.fourEyesTitle')}>
          <Switch
            label={t('admin.fourEyes')}
            description={t('admin.fourEyesHelp')}
            checked={form.values.campaign_four_eyes !== 0}
            onChange={(e) => form.setFieldValue('campaign_four_eyes', e.currentTarget.checked ? s.campaign_four_eyes || 100 : 0)}
          />
          {form.values.campaign_four_eyes !== 0 && <NumberInput mt="sm" maw={300} label={t('admin.fourEyesFrom')} min={1} max={1_000_000} thousandSeparator=" " allowDecimal={false} allowNegative={false} {...form.getInputProps('campaign_four_eyes')} />}
        </Section>
        <Section title={t('admin.ticketsTitle')}>
          <NumberInput maw={300} label={t('admin.ticketKeep')} description={t('admin.ticketKeepHelp')} min={1} max={3650} allowDecimal={false} allowNegative={false} {...form.getInputProps('ticket_keep_days')} />
        </Section>
        {(s.webhook_allow?.length ?? 0) > 0 && (
          <Section title={t('admin.webhookAllow')}>
            <Text c="dimmed" mb="xs">{t('admin.webhookAllowHelp')}</Text>
            <Facts items={[['CIDR', <span key="c" dir="ltr">{s.webhook_allow!.join(', ')}</span>]]} />
          </Section>
        )}
        <SaveBar dirty={form.isDirty()} save={save} onReset={() => form.reset()} />
      </Stack>
    </form>
  );
}
