import { Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton } from '@/shared';
import { OnceModal, Section } from '../parts/parts';

/** The secret by which the bank knows that a question of a webhook step is ours: drawn anew, and shown once. */
export function HookSecret() {
  const { t } = useTranslation('voice');
  const [secret, setSecret] = useState<string | null>();
  const draw = async () => setSecret((await body(api.POST('/v1/flows/hook-secret'))).secret ?? null);
  return (
    <Section title={t('hook.title')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">{t('hook.help')}</Text>
        <Group>
          <ConfirmButton title={t('hook.confirmTitle')} message={t('hook.confirmText')} confirmLabel={t('hook.draw')} onConfirm={draw}>{t('hook.draw')}</ConfirmButton>
        </Group>
      </Stack>
      <OnceModal title={t('hook.title')} text={t('hook.once')} value={secret} onClose={() => setSecret(undefined)} />
    </Section>
  );
}
