import { Alert, Checkbox, Group, NumberInput, SimpleGrid, Stack, Switch, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconInfoCircle } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, LoadingState, useLanguage } from '@/shared';
import { Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { AdminPage } from './AdminPage';
import { fixedLifetimes, formOf, held, isClock, type PolicyForm, policyOf, quietMinutes } from './policy';

/** When messages may go: quiet hours and caps by class, the hour's budget, refused numbers, and the watch over unconfirmed codes. */
export function PolicyPage() {
  const policy = useQuery({ queryKey: ['message-policy'], queryFn: () => body(api.GET('/v1/message-policy')) });
  return (
    <AdminPage>
      {policy.data ? <Form key={JSON.stringify(policy.data)} policy={policy.data} /> : policy.error ? <ErrorState error={policy.error} onRetry={() => void policy.refetch()} withDetail /> : <LoadingState />}
    </AdminPage>
  );
}

function Form({ policy }: { policy: Schema<'MessagePolicy'> }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const between = (min: number, max: number) => (v: number | '') => (v !== '' && v >= min && v <= max ? null : t('vset.between', { min, max }));
  const clock = (v: string, on: boolean) => (!on || isClock(v) ? null : t('policy.clockWrong'));
  const form = useForm<PolicyForm>({
    initialValues: formOf(policy),
    validate: {
      classes: Object.fromEntries(held.map((key) => [key, {
        from: (v: string, f: PolicyForm) => clock(v, f.classes[key].quiet),
        to: (v: string, f: PolicyForm) => clock(v, f.classes[key].quiet) ?? (f.classes[key].quiet && v === f.classes[key].from ? t('policy.sameClock') : null),
        cap: between(0, 1000),
        cap_hours: between(1, 720),
        lifetime_hours: between(1, 168),
      }])),
      hourly_budget: between(0, 100_000_000),
      line: between(1, 95),
      minimum: between(5, 100_000),
      refused_prefixes: (v) => (v.every((p) => /^\+[1-9]\d{0,9}$/.test(p)) ? null : t('policy.prefixWrong')),
    },
  });
  const save = useMutation({
    mutationFn: (f: PolicyForm) => body(api.PUT('/v1/message-policy', { body: policyOf(f) })),
    onSuccess: (next) => {
      client.setQueryData(['message-policy'], next);
      say.done(t('saved'));
    },
    onError: (error) => form.setErrors(Problem.from(error).fieldErrors),
  });
  const f = form.values;
  const unit = (seconds: number) =>
    seconds >= 3600 ? new Intl.NumberFormat(intl, { style: 'unit', unit: 'hour', unitDisplay: 'long' }).format(seconds / 3600)
    : seconds >= 120 ? new Intl.NumberFormat(intl, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(seconds / 60)
    : new Intl.NumberFormat(intl, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(seconds);
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <Stack gap="lg" maw={860}>
        <Alert color="gray" icon={<IconInfoCircle size={20} aria-hidden="true" />}>{t('policy.always')}</Alert>
        {held.map((key) => {
          const c = f.classes[key];
          const minutes = c.quiet && isClock(c.from) && isClock(c.to) ? quietMinutes(c.from, c.to) : 0;
          return (
            <Section key={key} title={t(`messageClass.${key}`)}>
              <Stack gap="sm">
                <Switch label={t('policy.quiet')} description={t('policy.quietHelp')} {...form.getInputProps(`classes.${key}.quiet`, { type: 'checkbox' })} />
                {c.quiet && (
                  <Group align="flex-start">
                    <TextInput w={120} label={t('policy.from')} dir="ltr" placeholder="21:00" maxLength={5} inputMode="numeric" {...form.getInputProps(`classes.${key}.from`)} />
                    <TextInput w={120} label={t('policy.to')} dir="ltr" placeholder="08:00" maxLength={5} inputMode="numeric" {...form.getInputProps(`classes.${key}.to`)} />
                    {minutes > 0 && <Text size="sm" c="dimmed" mt={32} role="status">{t(c.from > c.to ? 'policy.overMidnight' : 'policy.sameDay', { time: unit(minutes * 60) })}</Text>}
                  </Group>
                )}
                <SimpleGrid cols={{ base: 1, sm: 2 }}>
                  <NumberInput label={t('policy.cap')} description={t('policy.zeroNone')} min={0} max={1000} allowDecimal={false} {...form.getInputProps(`classes.${key}.cap`)} />
                  {Number(c.cap) > 0 && <NumberInput label={t('policy.capHours')} description={t('policy.capHoursHelp')} min={1} max={720} allowDecimal={false} {...form.getInputProps(`classes.${key}.cap_hours`)} />}
                </SimpleGrid>
              </Stack>
            </Section>
          );
        })}
        <Section title={t('policy.cost')}>
          <Stack>
            <NumberInput maw={320} label={t('policy.budget')} description={t('policy.budgetHelp')} min={0} max={100_000_000} thousandSeparator=" " allowDecimal={false} {...form.getInputProps('hourly_budget')} />
            <TagsInput label={t('policy.prefixes')} description={t('policy.prefixesHelp')} dir="ltr" maxTags={1000} {...form.getInputProps('refused_prefixes')} />
          </Stack>
        </Section>
        <Section title={t('policy.conversion')}>
          <Stack>
            <Checkbox label={t('policy.watch')} description={t('policy.watchHelp')} {...form.getInputProps('watch', { type: 'checkbox' })} />
            {f.watch && (
              <SimpleGrid cols={{ base: 1, sm: 2 }}>
                <NumberInput label={t('policy.line')} description={t('policy.lineHelp')} min={1} max={95} suffix=" %" allowDecimal={false} {...form.getInputProps('line')} />
                <NumberInput label={t('policy.minimum')} description={t('policy.minimumHelp')} min={5} max={100_000} thousandSeparator=" " allowDecimal={false} {...form.getInputProps('minimum')} />
              </SimpleGrid>
            )}
          </Stack>
        </Section>
        <Section title={t('policy.lifetimes')}>
          <Text c="dimmed" mb="sm">{t('policy.lifetimesHelp')}</Text>
          <Table aria-label={t('policy.lifetimes')}>
            <Table.Tbody>
              {(['security', 'ring'] as const).map((key) => (
                <Table.Tr key={key}>
                  <Table.Th scope="row" fw={500}>{t(`messageClass.${key}`)}</Table.Th>
                  <Table.Td className="vv-numbers">{unit(fixedLifetimes[key])}</Table.Td>
                </Table.Tr>
              ))}
              {held.map((key) => (
                <Table.Tr key={key}>
                  <Table.Th scope="row" fw={500}>{t(`messageClass.${key}`)}</Table.Th>
                  <Table.Td>
                    <NumberInput maw={200} aria-label={t('policy.lifetimeOf', { class: t(`messageClass.${key}`) })} description={t('policy.lifetimeHelp')} min={1} max={168} allowDecimal={false} {...form.getInputProps(`classes.${key}.lifetime_hours`)} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Section>
        <SaveBar dirty={form.isDirty()} save={save} onReset={() => form.reset()} />
      </Stack>
    </form>
  );
}
