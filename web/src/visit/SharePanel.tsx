import { Button } from '@mantine/core';
import { IconCamera, IconScreenShare } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallHandle, LocalMediaHandle, ScreenShare } from '@/shared/call';
import { useVisit } from './session';
import classes from './call.module.css';

/**
 * Asks for the screen: in guidance as soon as the call is on, in any call when the
 * agent asks. A browser that cannot share one says so, and goes on by camera.
 */
export function SharePanel({ call, media, share, agent }: { call: CallHandle; media: LocalMediaHandle; share: ScreenShare; agent: string }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const { kind, recorded } = visit.scenario;
  // Put off until the agent asks once more.
  const [putOff, setPutOff] = useState(-1);
  const { asked, connection } = call;
  useEffect(() => {
    if (share.stream) setPutOff(asked);
  }, [share.stream, asked]);
  const wanted = (kind === 'guide' || asked > 0) && asked > putOff;
  const byCamera = !share.possible && media.camera.track !== undefined && media.camera.on;
  if (!wanted || share.stream || byCamera || connection !== 'connected') return null;
  const bank = visit.bank.name;
  const what = recorded ? t('service.share.recorded') : t('service.share.unrecorded');
  return (
    <section className={classes.share} aria-label={t('call.share')} role={asked > 0 ? 'alert' : undefined}>
      <h2>{!share.possible ? t('service.share.impossible') : asked > 0 ? t('service.share.asked', { name: agent }) : t('service.share.title', { name: agent })}</h2>
      <p>{share.possible ? t('service.share.what', { bank }) : t('service.share.camera', { bank })} {what}</p>
      <div className={classes.shareButtons}>
        {share.possible ? (
          <Button leftSection={<IconScreenShare size={20} aria-hidden="true" />} onClick={() => void share.start()}>{t('call.share')}</Button>
        ) : (
          <Button
            leftSection={<IconCamera size={20} aria-hidden="true" />}
            onClick={() => {
              media.setCameraOn(true);
              void media.start({ only: 'camera', facing: 'environment' });
            }}
          >
            {t('service.share.cameraOn')}
          </Button>
        )}
        <Button variant="default" onClick={() => setPutOff(asked)}>{t('service.share.later')}</Button>
      </div>
    </section>
  );
}
