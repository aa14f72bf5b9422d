import { Button, Checkbox, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, randomUUID, type Schema } from '@/api';
import { languageCodes } from '@/shared';
import { flowLabel, inForce, useFlows } from '../flows/flows';
import { everyPage } from '../parts/pages';
import { Failed } from '../parts/parts';
import { givenInput, InputFields, missingInput } from './InputFields';

const kinds = ['transaction', 'reminder', 'notice'] as const;

/** Places one call to a customer that a flow leads. */
export function PlaceCall({ opened, onClose, onPlaced, customerId }: { opened: boolean; onClose: () => void; onPlaced: (call: Schema<'PhoneCall'>) => void; customerId?: string }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const flows = useFlows();
  const customers = useQuery({
    queryKey: ['customers', 'all'],
    enabled: opened,
    queryFn: () => everyPage((cursor) => body(api.GET('/v1/customers', { params: { query: { limit: 100, cursor } } })), 5),
  });
  const [customer, setCustomer] = useState<string | null>(customerId ?? null);
  const [flow, setFlow] = useState<string | null>(null);
  const [input, setInput] = useState<Record<string, string>>({});
  const [kind, setKind] = useState<(typeof kinds)[number]>('transaction');
  const [locale, setLocale] = useState<string | null>(null);
  const [hours, setHours] = useState<number | ''>(24);
  const [machine, setMachine] = useState(false);
  const [tried, setTried] = useState(false);
  const key = useRef(randomUUID());
  const chosen = flows.data?.find((f) => f.name === flow);
  const ready = customer && chosen && hours !== '' && missingInput(chosen.input, input).length === 0;
  const place = useMutation({
    mutationFn: () =>
      body(api.POST('/v1/phone-calls', {
        headers: { 'Idempotency-Key': key.current },
        body: {
          customer_id: customer!, flow: flow!, class: kind, detect_machine: machine, input: givenInput(chosen!.input, input),
          ...(locale && { locale: locale as Schema<'Locale'> }), expires_at: new Date(Date.now() + Number(hours) * 3_600_000).toISOString(),
        },
      })),
    onSuccess: (call) => {
      void client.invalidateQueries({ queryKey: ['phone-calls'] });
      onPlaced(call);
    },
  });
  useEffect(() => {
    if (!opened) return;
    key.current = randomUUID();
    setCustomer(customerId ?? null);
    setTried(false);
    place.reset();
  }, [opened, customerId]);
  useEffect(() => {
    key.current = randomUUID(); // another call, not the same once more
  }, [customer, flow, input, kind, locale, hours, machine]);
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={620}>{t('calls.place')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }} size="lg">
      <form noValidate onSubmit={(e) => { e.preventDefault(); setTried(true); if (ready) place.mutate(); }}>
        <Stack>
          <Select
            label={c('word.customer')}
            withAsterisk
            searchable
            nothingFoundMessage={c('customers.none')}
            value={customer}
            onChange={setCustomer}
            data={(customers.data ?? []).map((x) => ({ value: x.id, label: `${x.name} · ${x.reference ?? x.phone}` }))}
            error={tried && !customer && c('required')}
          />
          <Select
            label={t('flow')}
            withAsterisk
            searchable
            value={flow}
            onChange={(v) => { setFlow(v); setInput({}); }}
            data={(flows.data ?? []).filter(inForce).map((f) => ({ value: f.name, label: flowLabel(f) }))}
            error={tried && !flow && c('required')}
          />
          {chosen && <InputFields input={chosen.input} values={input} onChange={setInput} tried={tried} />}
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Select label={c('messages.class')} allowDeselect={false} value={kind} onChange={(v) => setKind(v as typeof kind)} data={kinds.map((value) => ({ value, label: c(`messageClass.${value}`) }))} />
            <Select label={c('word.language')} placeholder={t('calls.ownLanguage')} clearable value={locale} onChange={setLocale} data={languageCodes.map((value) => ({ value, label: c(`language.${value}`) }))} />
            <NumberInput label={t('calls.within')} min={1} max={168} allowDecimal={false} value={hours} onChange={(v) => setHours(v === '' ? '' : Number(v))} error={tried && hours === '' && c('required')} />
          </SimpleGrid>
          <Checkbox label={t('calls.detect')} checked={machine} onChange={(e) => setMachine(e.currentTarget.checked)} />
          <Text size="sm" c="dimmed">{t('calls.placeHelp')}</Text>
          <Failed error={place.error ?? customers.error ?? flows.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
            <Button type="submit" loading={place.isPending}>{t('calls.call')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
