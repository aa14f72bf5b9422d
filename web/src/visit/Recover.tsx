import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { TalkToPerson } from './help';
import { Failure, Screen } from './Screen';
import type { Visit } from './session';
import { CodeForm } from './Welcome';

export interface RecoverProps {
  /** Says whose customer it is: the expired link, or the bank. */
  by: { token: string } | { bank: string };
  bankName: string;
  /** expired: the link or the session has run out; new: the person asked for a new link. */
  why: 'expired' | 'new';
  onOpen: (visit: Visit) => void;
}

/** The region of the browser's language, for numbers in national form. */
function region(): string | undefined {
  try {
    return new Intl.Locale(navigator.language).maximize().region;
  } catch {
    return undefined;
  }
}

/** A new way in by phone number and code. It answers alike whether the number is known or not. */
export function Recover({ by, bankName, why, onOpen }: RecoverProps) {
  const { t } = useTranslation('visit');
  const [phone, setPhone] = useState('');
  const [started, setStarted] = useState<Schema<'RecoveryStarted'>>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [missing, setMissing] = useState(false);
  const send = async () => {
    const national = region();
    const change = { ...by, phone: phone.trim(), ...(phone.trim().startsWith('+') || !national ? {} : { region: national }) };
    setStarted(await body(api.POST('/v1/visit/recover', { body: change })));
  };
  const submit = () => {
    setMissing(phone.replace(/\D/g, '').length < 5 && !/[۰-۹٠-٩]/.test(phone));
    if (phone.trim().length < 5) return;
    setBusy(true);
    setError(undefined);
    send()
      .catch((e: unknown) => {
        // Not a number, or one without its country code that this browser's region does not explain.
        if (Problem.from(e).status === 400) setMissing(true);
        else setError(e);
      })
      .finally(() => setBusy(false));
  };
  if (started) {
    return (
      <Screen key="type" name="recover" bankName={bankName} title={t('recover.codeTitle')} lead={t('recover.codeLead')} onBack={() => setStarted(undefined)}>
        <CodeForm
          sent={started}
          onSend={send}
          onCheck={async (code) => {
            const { result, visit } = await body(api.POST('/v1/visit/recover/check', { body: { verification_id: started.verification_id, code } }));
            if (visit) onOpen(visit);
            return result;
          }}
        />
        <TalkToPerson bank={bankName || t('help.yourBank')} />
      </Screen>
    );
  }
  const late = error !== undefined && Problem.from(error).status === 429;
  return (
    <Screen
      key="ask"
      name="recover"
      bankName={bankName}
      title={why === 'expired' ? t('recover.expired') : t('recover.title')}
      lead={t('recover.lead')}
      footer={<Button type="submit" form="recover" loading={busy}>{t('code.send')}</Button>}
    >
      <form
        id="recover"
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        <TextInput
          label={t('recover.phone')}
          description={t('recover.phoneHint')}
          name="phone"
          type="tel"
          autoComplete="tel"
          inputMode="tel"
          dir="ltr"
          value={phone}
          error={missing ? t('form.error.phone') : undefined}
          onChange={(e) => setPhone(e.currentTarget.value)}
        />
      </form>
      <Failure error={error}>{late && t('code.waitMinutes', { count: Math.max(1, Math.ceil((Problem.from(error).retry_after ?? 60) / 60)) })}</Failure>
      <TalkToPerson bank={bankName || t('help.yourBank')} />
    </Screen>
  );
}
