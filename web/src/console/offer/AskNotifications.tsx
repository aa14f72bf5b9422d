import { Alert, Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMyPresence } from '../frame/presence';
import { dontAskAgain, shouldAsk } from './notify';

/** Offers to tell of a waiting customer outside the page too: once, and only to those who are ready for calls. */
export function AskNotifications() {
  const { t } = useTranslation('console');
  const [asking, setAsking] = useState(shouldAsk);
  const state = useMyPresence().data?.state;
  if (!asking || state === undefined || state === 'offline') return null;
  return (
    <Alert color="petrol" radius={0} py="xs">
      <Group justify="space-between" gap="xs">
        <span>{t('offer.ask')}</span>
        <Group gap="xs">
          <Button
            size="xs"
            onClick={() => {
              setAsking(false);
              void Notification.requestPermission();
            }}
          >
            {t('offer.askYes')}
          </Button>
          <Button
            size="xs"
            variant="subtle"
            onClick={() => {
              dontAskAgain();
              setAsking(false);
            }}
          >
            {t('offer.askNo')}
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}
