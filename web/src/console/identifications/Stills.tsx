import { ActionIcon, Group, Modal, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { StateBadge } from '@/shared';
import { Still } from '../parts/Still';
import { StillAdvice, ZoomStill } from '../parts/ZoomStill';
import classes from './identifications.module.css';

type Step = Schema<'CallStep'>;

/** The pictures of the steps; each opens large, can be zoomed, and leads to its neighbours. */
export function Stills({ steps }: { steps: Step[] }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [at, setAt] = useState<number>();
  const pictures = steps.filter((s) => s.still_url);
  const shown = at === undefined ? undefined : pictures[at];
  const go = (by: number) => {
    setAt((now) => (now === undefined ? now : (now + by + pictures.length) % pictures.length));
  };
  useEffect(() => {
    if (shown === undefined) return;
    const rtl = document.documentElement.dir === 'rtl' ? -1 : 1;
    const onKey = (e: KeyboardEvent) => {
      if (e.key === 'ArrowRight') go(rtl);
      else if (e.key === 'ArrowLeft') go(-rtl);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  return (
    <>
      <ul className={classes.stills} aria-label={t('case.stills')}>
        {pictures.map((step, i) => (
          <li key={step.position}>
            <button type="button" className={classes.still} onClick={() => setAt(i)}>
              <Still step={step} alt={t('call.still', { name: t(`step.${step.kind}.name`) })} />
              <span>
                <Text size="xs" truncate>{t(`step.${step.kind}.name`)}</Text>
                <StateBadge state={step.state} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Modal
        opened={shown !== undefined}
        onClose={() => setAt(undefined)}
        size="auto"
        title={shown && <Group gap="sm"><Text fw={620}>{t(`step.${shown.kind}.name`)}</Text><StateBadge state={shown.state} /></Group>}
        closeButtonProps={{ 'aria-label': common('action.close') }}
      >
        {shown && (
          <>
            <StillAdvice quality={shown.still_quality} />
            <ZoomStill key={shown.position} label={t('call.still', { name: t(`step.${shown.kind}.name`) })}>
              <Still step={shown} alt={t('call.still', { name: t(`step.${shown.kind}.name`) })} draggable={false} />
            </ZoomStill>
            <Group justify="center" mt="sm">
              <ActionIcon onClick={() => go(-1)} disabled={pictures.length < 2} aria-label={t('agenda.previous')}><IconChevronLeft size={22} className={classes.arrow} /></ActionIcon>
              <ActionIcon onClick={() => go(1)} disabled={pictures.length < 2} aria-label={t('agenda.next')}><IconChevronRight size={22} className={classes.arrow} /></ActionIcon>
            </Group>
            {shown.still_sha256 && <div className={classes.hash}>SHA-256 {shown.still_sha256}</div>}
          </>
        )}
      </Modal>
    </>
  );
}
