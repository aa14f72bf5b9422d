import { ActionIcon, Button, Modal, SegmentedControl, Stack, Switch, Text } from '@mantine/core';
import { IconAccessible } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setEase, textSizes, useEase } from './ease';
import classes from './visit.module.css';

/** Larger text, more contrast, less data: for who sees little or has a weak connection. */
export function EaseButton() {
  const { t } = useTranslation('visit');
  const { t: common } = useTranslation();
  const [opened, setOpened] = useState(false);
  const { text, contrast, lessData } = useEase();
  return (
    <>
      <ActionIcon onClick={() => setOpened(true)} aria-label={t('ease.title')} aria-haspopup="dialog">
        <IconAccessible size={24} stroke={1.7} aria-hidden="true" />
      </ActionIcon>
      <Modal opened={opened} onClose={() => setOpened(false)} title={<Text fw={620}>{t('ease.title')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack gap="lg">
          <div role="group" aria-labelledby="ease-text">
            <Text fw={600} mb={6} id="ease-text">{t('ease.text')}</Text>
            <SegmentedControl
              fullWidth
              value={String(text)}
              onChange={(value) => setEase({ text: textSizes.find((size) => String(size) === value) })}
              data={textSizes.map((size) => ({ value: String(size), label: <><span className="vv-heard">{t(`ease.size.${size}`)}</span><span className={classes.letter} data-size={size} aria-hidden="true">{t('ease.letter')}</span></> }))}
            />
          </div>
          <Switch checked={contrast} onChange={(e) => setEase({ contrast: e.currentTarget.checked })} label={t('ease.contrast')} />
          <Switch checked={lessData} onChange={(e) => setEase({ lessData: e.currentTarget.checked })} label={t('ease.lessData')} description={t('ease.lessDataHint')} />
          <Button onClick={() => setOpened(false)}>{common('action.close')}</Button>
        </Stack>
      </Modal>
    </>
  );
}
