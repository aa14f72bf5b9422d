import { type ButtonProps, List, Stack, Text } from '@mantine/core';
import { IconUserUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ConfirmButton } from '@/shared';
import { useTakeOver } from './party';

/** Takes a running call over, after saying what that means for all three. */
export function TakeOver({ callId, agentName, onDone, ...button }: { callId: string; agentName: string; onDone?: () => void } & Omit<ButtonProps, 'children'>) {
  const { t } = useTranslation('console');
  const takeOver = useTakeOver(callId);
  return (
    <ConfirmButton
      color="red"
      variant="light"
      leftSection={<IconUserUp size={18} aria-hidden="true" />}
      title={t('supervise.takeOverTitle', { name: agentName })}
      confirmLabel={t('supervise.takeOver')}
      message={
        <Stack gap="xs">
          <Text>{t('supervise.takeOverText')}</Text>
          <List size="sm" spacing={4}>
            <List.Item>{t('supervise.takeOverYou')}</List.Item>
            <List.Item>{t('supervise.takeOverAgent', { name: agentName })}</List.Item>
            <List.Item>{t('supervise.takeOverCustomer')}</List.Item>
          </List>
        </Stack>
      }
      onConfirm={async () => {
        await takeOver();
        onDone?.();
      }}
      {...button}
    >
      {t('supervise.takeOver')}
    </ConfirmButton>
  );
}
