import { Button, Modal, Text } from '@mantine/core';
import { IconZoomScan } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { Still } from '../parts/Still';
import { StillAdvice, ZoomStill } from '../parts/ZoomStill';
import classes from './call.module.css';

/** The step's picture at hand: what was measured of it, closer on demand, and beside the last verified face of who comes back. */
export function CompareStill({ step, customerId }: { step: Schema<'CallStep'>; customerId: string | undefined }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!step.still_url) return null;
  const face = step.kind === 'face_front';
  const name = t(`step.${step.kind}.name`);
  return (
    <>
      <StillAdvice quality={step.still_quality} />
      <Button size="compact-sm" mih={32} variant="subtle" leftSection={<IconZoomScan size={18} aria-hidden="true" />} onClick={() => setOpen(true)}>
        {t(face ? 'still.compare' : 'still.look')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} size={face ? 'xl' : 'lg'} title={<Text fw={620}>{name}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <StillAdvice quality={step.still_quality} />
        <div className={classes.compare} data-two={face || undefined}>
          <figure>
            <ZoomStill label={t('call.still', { name })}>
              <Still step={step} alt={t('call.still', { name })} draggable={false} />
            </ZoomStill>
            <figcaption>{t('still.now')}</figcaption>
          </figure>
          {face && open && customerId && <Reference customerId={customerId} />}
        </div>
      </Modal>
    </>
  );
}

/** Fetched when it is looked at: each look is logged. */
function Reference({ customerId }: { customerId: string }) {
  const { t } = useTranslation('console');
  const picture = useQuery({
    queryKey: ['reference-stills', customerId],
    staleTime: Infinity,
    retry: false,
    queryFn: async () => {
      const response = await fetch(`/v1/customers/${customerId}/reference-still`, { credentials: 'same-origin', cache: 'no-store' });
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`reference still: HTTP ${response.status}`);
      return response.blob();
    },
  });
  const [src, setSrc] = useState<string>();
  useEffect(() => {
    if (!picture.data) return;
    const url = URL.createObjectURL(picture.data);
    setSrc(url);
    return () => URL.revokeObjectURL(url);
  }, [picture.data]);
  return (
    <figure>
      {src ? (
        <ZoomStill label={t('still.reference')}>
          <img src={src} alt={t('still.reference')} draggable={false} />
        </ZoomStill>
      ) : (
        <Text c="dimmed" role="status">{picture.data === null ? t('still.noReference') : picture.error ? t('still.referenceFailed') : ''}</Text>
      )}
      <figcaption>{t('still.reference')}</figcaption>
    </figure>
  );
}
