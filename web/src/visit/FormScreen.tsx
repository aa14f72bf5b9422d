import { Button, Checkbox, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { faultOf, type FieldFault, faultsFrom, faultsOf, type Field, firstValues, type FormValues, toData } from './formRules';
import { HoldFirst } from './HoldNote';
import { Failure, Screen } from './Screen';
import { deviceZone, tab, useVisit } from './session';
import { dayOf } from './slots';

/** Browsers fill in what they know by these names. */
const autocomplete: Record<string, string> = {
  full_name: 'name', name: 'name', given_name: 'given-name', family_name: 'family-name', date_of_birth: 'bday', birth_date: 'bday',
  address: 'street-address', street: 'street-address', city: 'address-level2', postal_code: 'postal-code', country: 'country-name',
  phone: 'tel', email: 'email',
};

/** The draft of this tab, so that a reload loses nothing. */
function draftOf(key: string): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(tab.get(key) ?? 'null') as Record<string, unknown> | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The scenario's form, made from the fields that the API gives; each submission is a version. */
export function FormScreen() {
  const { t } = useTranslation('visit');
  const { visit, setVisit, goTo } = useVisit();
  const identifies = visit.scenario.kind === 'identify';
  const { fields, data } = visit.form;
  const draftKey = `form.${visit.identification.id}.${visit.form.version}`;
  const today = dayOf(Date.now(), deviceZone() ?? visit.customer.time_zone);
  const [values, setValues] = useState<FormValues>(() => firstValues(fields, data, draftOf(draftKey)));
  const [faults, setFaults] = useState<Record<string, FieldFault>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const form = useRef<HTMLFormElement>(null);
  const reason = (field: Field): string | undefined => {
    const fault = faults[field.key];
    return fault && t(`form.error.${fault.key}`, { count: fault.count ?? 0 });
  };
  const set = (field: Field, value: string | boolean) => {
    const next = { ...values, [field.key]: value };
    setValues(next);
    tab.set(draftKey, JSON.stringify(next));
    // A fault goes as soon as it is mended; a new one is told only on leaving the field.
    if (faults[field.key]) setFaults(({ [field.key]: _, ...others }) => {
      const still = faultOf(field, value, today);
      return still ? { ...others, [field.key]: still } : others;
    });
  };
  const left = (field: Field) => {
    if (values[field.key] === '' || values[field.key] === undefined) return; // told on submission
    const fault = faultOf(field, values[field.key], today);
    setFaults(({ [field.key]: _, ...others }) => (fault ? { ...others, [field.key]: fault } : others));
  };
  const show = (found: Record<string, FieldFault>) => {
    setFaults(found);
    const first = fields.find((f) => found[f.key]);
    if (first) form.current?.querySelector<HTMLElement>(`[name="${first.key}"]`)?.focus();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    const found = faultsOf(fields, values, today);
    show(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      const next = await body(api.POST('/v1/visit/form', { body: { data: toData(fields, values) } }));
      tab.set(draftKey, undefined);
      goTo(undefined);
      setVisit(next);
    } catch (e) {
      const told = faultsFrom(Problem.from(e), fields, values, today);
      if (Object.keys(told).length > 0) show(told);
      else setError(e);
    } finally {
      setBusy(false);
    }
  };
  const count = Object.keys(faults).length;
  return (
    <Screen
      name="form"
      title={identifies ? t('form.title') : t('service.formTitle')}
      lead={fields.length > 0 ? t(identifies ? 'form.lead' : 'service.formLead') : t('form.empty')}
      onBack={() => goTo(visit.next_step === 'form' ? 'document' : undefined)}
      footer={
        <Button type="submit" form="visit-form" loading={busy}>
          {t('form.submit')}
        </Button>
      }
    >
      <HoldFirst />
      <form id="visit-form" ref={form} noValidate onSubmit={(e) => void submit(e)}>
        <Stack gap="lg">
          {fields.map((field) => (
            <FormInput key={field.key} field={field} value={values[field.key]} today={today} error={reason(field)} onChange={(v) => set(field, v)} onLeave={() => left(field)} />
          ))}
        </Stack>
      </form>
      <Text role="status" c="red" fw={560}>
        {count > 0 ? t('form.faults', { count }) : ''}
      </Text>
      <Failure error={error} />
    </Screen>
  );
}

interface FormInputProps {
  field: Field;
  value: string | boolean | undefined;
  today: string;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
  onLeave: () => void;
}

function FormInput({ field, value, today, error, onChange, onLeave }: FormInputProps) {
  const { t } = useTranslation('visit');
  const label = field.required ? field.label : `${field.label} (${t('form.optional')})`;
  const common = useMemo(() => ({ name: field.key, required: field.required, withAsterisk: false, autoComplete: autocomplete[field.key] }), [field.key, field.required]);
  const text = typeof value === 'string' ? value : '';
  if (field.type === 'checkbox') {
    return <Checkbox name={field.key} label={label} description={field.help} checked={value === true} error={error} onChange={(e) => onChange(e.currentTarget.checked)} />;
  }
  if (field.type === 'choice') {
    return (
      <NativeSelect
        {...common}
        label={label}
        description={field.help}
        value={text}
        error={error}
        onBlur={onLeave}
        data={[{ value: '', label: t('form.choose') }, ...field.options]}
        onChange={(e) => onChange(e.currentTarget.value)}
      />
    );
  }
  const byType = {
    text: { type: 'text', dir: 'auto' },
    date: { type: 'date', max: field.past ? today : '9999-12-31', min: field.past ? '1900-01-01' : undefined },
    phone: { type: 'tel', inputMode: 'tel', dir: 'ltr', placeholder: '+84 90 123 45 67' },
    number: { type: 'text', inputMode: 'decimal', dir: 'ltr' },
  } as const;
  return (
    <TextInput
      {...common}
      {...byType[field.type]}
      label={label}
      description={field.help}
      value={text}
      error={error}
      maxLength={field.type === 'text' ? (field.max_length ?? 200) : undefined}
      onBlur={onLeave}
      onChange={(e) => onChange(e.currentTarget.value)}
    />
  );
}
