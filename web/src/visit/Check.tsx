import { Button, Group, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { type Advice, canShareScreen, DeviceCheck, type LocalMediaHandle, NetworkCheck, startRinging } from '@/shared/call';
import { TalkToPerson } from './help';
import { Failure, Screen } from './Screen';
import { tab, useVisit } from './session';

export interface CheckProps {
  media: LocalMediaHandle;
  /** test: just to see; prepare: then into the queue; join: then into the call that is on. */
  purpose: 'test' | 'prepare' | 'join';
  /** Into the call. */
  onJoin: () => void;
  /** The place in the queue that was taken. */
  onQueued: (entry: string) => void;
}

/** Camera, microphone and loudspeaker before someone at the bank sees and hears one. */
export function Check({ media, purpose, onJoin, onQueued }: CheckProps) {
  const { t } = useTranslation('visit');
  const { visit, goTo, refresh } = useVisit();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [byPhone, setByPhone] = useState(false);
  const [advice, setAdvice] = useState<Advice>();
  // In guidance the screen is shown; the camera is the customer's to turn on in the call.
  const guide = visit.scenario.kind === 'guide';
  const works = (guide || media.camera.track !== undefined) && media.microphone.track !== undefined;
  const tried = media.state === 'live' || media.state === 'refused';
  // Who has just accepted, or tried the devices before, expects to be asked; who was called unawares does not.
  const started = useRef(false);
  const expects = visit.call?.direction === 'outbound' || tab.get('checked') === '1';
  useEffect(() => {
    if (purpose !== 'join' || !expects || started.current) return;
    started.current = true;
    void media.start(guide ? { only: 'microphone' } : {});
  }, [purpose, expects, media, guide]);

  // From the queue the call comes by itself: who has put the phone down must hear it.
  const called = purpose === 'join' && visit.call?.direction === 'inbound' && tab.get('joined') !== visit.call.id;
  useEffect(() => (called ? startRinging() : undefined), [called]);

  const enter = () => {
    setBusy(true);
    setError(undefined);
    body(api.POST('/v1/queue', {}))
      .then(async (place) => {
        onQueued(place.id);
        await refresh();
        goTo(undefined);
      })
      .catch((e: unknown) => {
        setError(e);
        if (Problem.from(e).status === 409) void refresh();
      })
      .finally(() => setBusy(false));
  };
  const go = () => {
    tab.set('checked', '1');
    if (purpose === 'test') goTo(undefined);
    else if (purpose === 'join') onJoin();
    else enter();
  };
  const label = purpose === 'test' ? t('check.done') : purpose === 'join' ? t('check.join') : t('check.enter');
  return (
    <Screen
      name={purpose}
      title={purpose === 'join' ? t('check.joinTitle') : guide ? t('service.testSound') : t('check.title')}
      lead={guide ? t('service.soundLead') : purpose === 'join' ? t('check.joinLead') : purpose === 'prepare' ? t('check.prepareLead') : t('check.lead')}
      onBack={purpose === 'join' ? undefined : () => goTo(undefined)}
      footer={
        works ? (
          <Button onClick={go} loading={busy} variant={advice === 'phone' ? 'default' : 'filled'}>
            {label}
          </Button>
        ) : tried && purpose !== 'test' ? (
          <Button variant="default" onClick={go} loading={busy}>
            {purpose === 'join' ? t('check.joinAnyway') : t('check.enterAnyway')}
          </Button>
        ) : undefined
      }
    >
      <Failure error={error}>{error !== undefined && Problem.from(error).status === 409 && t('check.cannotEnter')}</Failure>
      <DeviceCheck media={media} only={guide ? 'microphone' : undefined} />
      {guide && !canShareScreen() && <Text role="status">{t('service.noScreen')}</Text>}
      {/* Who is waited for by an agent does not wait for a test. */}
      {purpose !== 'join' && (
        <NetworkCheck
          media={media}
          as="customer"
          onAdvice={setAdvice}
          phone={
            <>
              <Group gap="sm" mt="sm">
                <Button variant="default" onClick={() => setByPhone(true)} aria-expanded={byPhone}>
                  {t('check.byPhone')}
                </Button>
                {visit.booking && purpose === 'test' && (
                  <Button variant="default" onClick={() => goTo('move')}>
                    {t('check.otherTime')}
                  </Button>
                )}
              </Group>
              {byPhone && (
                <Text mt="sm" role="status">
                  {t('check.phoneLead', { bank: visit.bank.name })}
                </Text>
              )}
            </>
          }
        />
      )}
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
