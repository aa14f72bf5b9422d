import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconCheck, IconShieldLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api';
import { useProblemText } from '@/shared/components/states';
import { useHeld, useSetUp } from './useHeld';

/** On the bench: sets the bank's app up on this phone, so that it can answer approvals. */
export function Approvals({ number }: { number: string }) {
  const { t } = useTranslation('phone');
  const problemText = useProblemText();
  const held = useHeld(number);
  const setUp = useSetUp(number);
  const failed = setUp.error ? Problem.from(setUp.error) : undefined;
  return (
    <Stack gap="sm">
      <Text size="sm">{t('approval.help')}</Text>
      {held.data && <Alert color="petrol" variant="light" icon={<IconCheck size={18} />}>{t('approval.isSetUp')}</Alert>}
      {failed && (
        <Alert color="red" role="alert">
          {failed.status === 404 ? t('approval.noApp') : failed.status === 409 ? t('approval.noCustomer') : problemText(failed)}
        </Alert>
      )}
      <Button size="xs" w="fit-content" variant={held.data ? 'default' : 'filled'} leftSection={<IconShieldLock size={16} aria-hidden="true" />} loading={setUp.isPending} onClick={() => setUp.mutate()}>
        {held.data ? t('approval.again') : t('approval.setUp')}
      </Button>
    </Stack>
  );
}
