import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton } from '@/shared/components/ConfirmButton';
import { TalkToPerson } from './help';
import { HoldNote } from './HoldNote';
import { Failure, Screen } from './Screen';
import { useVisit } from './session';
import classes from './visit.module.css';

/** One text after the other, each decided on by itself, for the version that was shown. */
export function Consents() {
  const { t } = useTranslation('visit');
  const { visit, setVisit, refresh, goTo } = useVisit();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const at = visit.consents.findIndex((c) => c.accepted !== true);
  const consent = visit.consents[at];
  if (!consent) return null;
  const decide = async (accepted: boolean) => {
    setVisit(await body(api.POST('/v1/visit/consents', { body: { decisions: [{ key: consent.key, version: consent.version, accepted }] } })));
  };
  const accept = () => {
    setBusy(true);
    setError(undefined);
    decide(true)
      .catch((e: unknown) => {
        setError(e);
        void refresh(); // the text may have a newer version
      })
      .finally(() => setBusy(false));
  };
  return (
    <Screen
      key={consent.key}
      name="consent"
      title={consent.title}
      lead={visit.consents.length > 1 ? t('consent.count', { at: at + 1, total: visit.consents.length }) : undefined}
      footer={
        <>
          <Button onClick={accept} loading={busy}>
            {t('consent.agree')}
          </Button>
          <ConfirmButton
            variant="subtle"
            color="gray"
            title={t('consent.declineTitle')}
            message={t(visit.scenario.kind === 'identify' ? 'consent.declineMessage' : 'service.declineMessage', { bank: visit.bank.name })}
            confirmLabel={t('consent.declineConfirm')}
            onConfirm={() => decide(false)}
            disabled={busy}
          >
      {visit.hold && <HoldNote hold={visit.hold} onChange={() => goTo('time')} />}
            {t('consent.disagree')}
          </ConfirmButton>
        </>
      }
    >
      <div className={classes.prose}>
        {visit.scenario.purpose && at === 0 && (
          <p className={classes.purpose}>
            <Text component="span" fw={600}>
              {t('consent.purpose')}
            </Text>{' '}
            {visit.scenario.purpose}
          </p>
        )}
        {consent.body.split(/\n\s*\n/).map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </div>
      <Failure error={error} />
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
