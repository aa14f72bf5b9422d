import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { PhoneText } from '@/shared/components/text';
import { TalkToPerson } from './help';
import { Screen } from './Screen';
import type { ScreenName } from './screens';
import { useVisit, visitKey } from './session';
import { CodeForm, type CodeState } from './Welcome';

/** Whether what was asked for is refused until the phone number is proved by a code: a link alone may not, or it has served elsewhere. */
export function wantsProof(error: unknown): boolean {
  const { code } = Problem.from(error);
  return code === 'number_not_proved' || code === 'link_used';
}

/** A code before something that a link alone may not do: to move or cancel a booking. */
export function StepUp({ name, onProved, onBack }: { name: ScreenName; onProved: () => void; onBack: () => void }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const client = useQueryClient();
  const [sent, setSent] = useState<CodeState>();
  const send = async (way?: 'sms' | 'voice') => setSent(await body(api.POST('/v1/visit/code', way ? { body: { way } } : {})));
  return (
    <Screen key="proof" name={name} title={t('stepUp.title')} lead={<>{t(sent ? (sent.way === 'voice' ? 'prove.calledTo' : 'prove.sentTo') : 'prove.willSend')} <PhoneText value={visit.customer.phone_masked} /></>} onBack={onBack}>
      {!sent && <p>{t('stepUp.why')}</p>}
      <CodeForm
        sent={sent}
        onSend={() => send(sent?.way === 'voice' ? 'sms' : undefined)}
        onCall={() => send('voice')}
        onCheck={async (code) => {
          const { result, visit: next } = await body(api.POST('/v1/visit/code/check', { body: { code } }));
          if (next) client.setQueryData(visitKey, next);
          if (result.approved) onProved();
          return result;
        }}
      />
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
