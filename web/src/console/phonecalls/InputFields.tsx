import { SimpleGrid, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';

type Input = Schema<'FlowInput'>;

/** The names of what a flow needs and was not given. */
export function missingInput(input: readonly Input[], given: Readonly<Record<string, string>>): string[] {
  return input.filter((i) => !i.optional && !given[i.name]?.trim()).map((i) => i.name);
}

/** Only what the flow knows and somebody filled in. */
export function givenInput(input: readonly Input[], given: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const filled = input.flatMap((i) => (given[i.name]?.trim() ? [[i.name, given[i.name]!.trim()] as const] : []));
  return filled.length > 0 ? Object.fromEntries(filled) : undefined;
}

/** Fields for the variables that whoever starts a flow gives. */
export function InputFields({ input, values, onChange, tried }: { input: readonly Input[]; values: Record<string, string>; onChange: (values: Record<string, string>) => void; tried: boolean }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  if (input.length === 0) return null;
  const missing = tried ? missingInput(input, values) : [];
  return (
    <fieldset style={{ all: 'unset', display: 'block' }} aria-label={t('input')}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {input.map((i) => (
          <TextInput
            key={i.name}
            label={<bdi>{i.name}</bdi>}
            description={i.name === 'start' ? t('inputTime') : i.optional ? t('optional') : undefined}
            withAsterisk={!i.optional}
            dir="auto"
            maxLength={500}
            value={values[i.name] ?? ''}
            onChange={(e) => onChange({ ...values, [i.name]: e.currentTarget.value })}
            error={missing.includes(i.name) && c('required')}
          />
        ))}
      </SimpleGrid>
    </fieldset>
  );
}
