import { NumberInput, SimpleGrid, Stack, TagsInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';

/** What holds for every queue of the bank: how long an offer stands, when somebody who does not react is paused, what pauses are for. */
export function OffersForm() {
  const bank = useQuery({ queryKey: ['banks', 'mine'], queryFn: () => body(api.GET('/v1/bank')) });
  if (!bank.data) return bank.error ? <ErrorState error={bank.error} onRetry={() => void bank.refetch()} withDetail /> : <LoadingState />;
  return <Form key={JSON.stringify(bank.data.settings)} settings={bank.data.settings} />;
}

const numbers = [
  { key: 'offer_seconds', min: 5, max: 600, unit: true },
  { key: 'missed_offers', min: 1, max: 100, unit: false },
  { key: 'unserved_after', min: 60, max: 86_400, unit: true },
] as const;

function Form({ settings }: { settings: Schema<'BankSettings'> }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const form = useForm({
    initialValues: {
      pause_reasons: settings.pause_reasons ?? [],
      ...(Object.fromEntries(numbers.map(({ key }) => [key, settings[key] ?? ''])) as Record<(typeof numbers)[number]['key'], number | ''>),
    },
    validate: {
      pause_reasons: (v) => (v.every((r) => r.trim() !== '' && r.length <= 60) ? null : t('queues.reasonWrong')),
      ...Object.fromEntries(numbers.map(({ key, min, max }) => [key, (v: unknown) => (typeof v === 'number' && v >= min && v <= max ? null : t('vset.between', { min, max }))])),
    },
  });
  const save = useMutation({
    mutationFn: (v: typeof form.values) =>
      body(api.PATCH('/v1/bank', { body: { settings: { pause_reasons: v.pause_reasons, ...Object.fromEntries(numbers.map(({ key }) => [key, Number(v[key])])) } } })),
    onSuccess: (next) => {
      client.setQueryData(['banks', 'mine'], next);
      void client.invalidateQueries({ queryKey: ['session'] });
      say.done(t('saved'));
    },
    onError: (error) => form.setErrors(Object.fromEntries(Problem.from(error).fields.map((f) => [f.field.replace(/^settings\./, ''), f.reason]))),
  });
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <Section title={t('queues.allQueues')}>
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {numbers.map(({ key, min, max, unit }) => (
              <NumberInput key={key} label={t(`queues.offers.${key}`)} min={min} max={max} suffix={unit ? t('admin.seconds') : undefined} allowDecimal={false} {...form.getInputProps(key)} />
            ))}
          </SimpleGrid>
          <TagsInput label={t('queues.reasons')} description={t('queues.reasonsHelp')} maxTags={50} {...form.getInputProps('pause_reasons')} />
          <SaveBar dirty={form.isDirty()} save={save} onReset={() => form.reset()} />
        </Stack>
      </Section>
    </form>
  );
}
