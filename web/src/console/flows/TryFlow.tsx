import { Alert, Anchor, Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconDeviceMobile, IconPhoneOutgoing } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { languageCodes } from '@/shared';
import { Failed } from '../parts/parts';
import { givenInput, InputFields, missingInput } from '../phonecalls/InputFields';
import { PhoneCallDetails } from '../phonecalls/PhoneCallDetails';
import type { Flow } from './flows';

/** Whether this gateway has the simulated telephone; with real carriers there is none. */
export function useSimulator(enabled: boolean) {
  return useQuery({
    queryKey: ['simulator'],
    enabled,
    staleTime: Infinity,
    retry: false,
    queryFn: async () => (await fetch('/phone', { credentials: 'same-origin' })).ok,
  });
}

/** Calls a number with a version, published or not, and shows how the call goes. */
export function TryFlow({ flow, version, unsaved }: { flow: Flow; version: number; unsaved: boolean }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [phone, setPhone] = useState('');
  const [locale, setLocale] = useState<string | null>(null);
  const [input, setInput] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const simulator = useSimulator(opened).data;
  const number = phone.replace(/[\s().-]/g, '');
  const ready = /^\+?\d{6,15}$/.test(number) && missingInput(flow.input, input).length === 0;
  const call = useMutation({
    mutationFn: () =>
      body(api.POST('/v1/flows/{name}/versions/{version}/try', {
        params: { path: { name: flow.name, version } },
        body: { phone: number, input: givenInput(flow.input, input), ...(locale && { locale: locale as Schema<'Locale'> }) },
      })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['phone-calls'] }),
  });
  const close = () => {
    setOpened(false);
    call.reset();
    setTried(false);
  };
  return (
    <>
      <Button variant="default" leftSection={<IconPhoneOutgoing size={16} aria-hidden="true" />} onClick={() => setOpened(true)}>{t('try.open')}</Button>
      <Modal opened={opened} onClose={close} size="lg" title={<Text fw={620}>{t('try.title', { n: version })}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack>
          {simulator && (
            <Alert color="petrol" icon={<IconDeviceMobile size={18} aria-hidden="true" />}>
              {t('try.simulator')} <Anchor href={`/phone${number ? `?number=${encodeURIComponent(number)}` : ''}`} target="_blank" rel="noreferrer">{t('try.phone')}</Anchor>
            </Alert>
          )}
          {call.data ? (
            <>
              <PhoneCallDetails id={call.data.id} shown={call.data} />
              <Group justify="flex-end">
                <Button variant="default" onClick={() => call.reset()}>{t('try.again')}</Button>
                <Button onClick={close}>{common('action.close')}</Button>
              </Group>
            </>
          ) : (
            <form noValidate onSubmit={(e) => { e.preventDefault(); setTried(true); if (ready) call.mutate(); }}>
              <Stack>
                {unsaved && <Alert color="yellow">{t('try.unsaved')}</Alert>}
                <TextInput data-autofocus label={c('word.phone')} description={t('try.help')} withAsterisk dir="ltr" type="tel" autoComplete="off" placeholder="+84…" maxLength={64} value={phone} onChange={(e) => setPhone(e.currentTarget.value)} error={tried && !/^\+?\d{6,15}$/.test(number) && t('try.phoneWrong')} />
                <Select label={c('word.language')} placeholder={t('calls.ownLanguage')} clearable value={locale} onChange={setLocale} data={languageCodes.filter((l) => flow.locales.length === 0 || flow.locales.includes(l)).map((value) => ({ value, label: c(`language.${value}`) }))} />
                <InputFields input={flow.input} values={input} onChange={setInput} tried={tried} />
                <Failed error={call.error} />
                <Group justify="flex-end">
                  <Button variant="default" onClick={close}>{common('action.cancel')}</Button>
                  <Button type="submit" loading={call.isPending}>{t('calls.call')}</Button>
                </Group>
              </Stack>
            </form>
          )}
        </Stack>
      </Modal>
    </>
  );
}
