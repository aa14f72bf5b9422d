import { Group, NumberInput, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState } from '@/shared';
import { OnceModal, Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { AdminPage } from './AdminPage';

/** The bank's program that answers in chats first. */
export function ChatBotPage() {
  const bot = useQuery({ queryKey: ['chat-bot'], queryFn: () => body(api.GET('/v1/chat-bot')) });
  // Shown once, and kept here while the form below is made anew with what was saved.
  const [secret, setSecret] = useState<string | null>();
  const { t } = useTranslation('console');
  return (
    <AdminPage>
      {bot.data ? <Settings key={JSON.stringify(bot.data)} bot={bot.data} onSecret={setSecret} /> : bot.error ? <ErrorState error={bot.error} onRetry={() => void bot.refetch()} withDetail /> : <LoadingState />}
      <OnceModal title={t('chatBot.secret')} text={t('chatBot.once')} value={secret} onClose={() => setSecret(undefined)} />
    </AdminPage>
  );
}

function Settings({ bot, onSecret }: { bot: Schema<'ChatBot'>; onSecret: (secret: string | null) => void }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const form = useForm({
    initialValues: { enabled: bot.enabled, url: bot.url ?? '', seconds: bot.seconds as number | '' },
    validate: { url: (v, all) => (all.enabled && !v.trim() ? t('required') : null), seconds: (v) => (v === '' ? t('required') : null) },
  });
  const save = useMutation({
    mutationFn: (v: typeof form.values) => body(api.PUT('/v1/chat-bot', { body: { enabled: v.enabled, url: v.url.trim() || undefined, seconds: Number(v.seconds) } })),
    onSuccess: ({ secret, ...saved }) => {
      say.done(t('saved'));
      client.setQueryData(['chat-bot'], saved);
      if (secret) onSecret(secret);
    },
    onError: (error) => form.setErrors(Object.fromEntries(Problem.from(error).fields.map((f) => [f.field, f.reason]))),
  });
  const draw = async () => onSecret((await body(api.POST('/v1/chat-bot/secret'))).secret ?? null);
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <Stack gap="lg" maw={820}>
        <Section title={t('chatBot.title')}>
          <Stack>
            <Text c="dimmed">{t('chatBot.help')}</Text>
            <Switch label={t('chatBot.on')} {...form.getInputProps('enabled', { type: 'checkbox' })} />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput label={t('chatBot.url')} description={t('chatBot.urlHelp')} type="url" dir="ltr" maxLength={2048} {...form.getInputProps('url')} />
              <NumberInput label={t('chatBot.seconds')} description={t('chatBot.secondsHelp')} min={1} max={10} allowDecimal={false} {...form.getInputProps('seconds')} />
            </SimpleGrid>
          </Stack>
        </Section>
        {bot.url && (
          <Section title={t('chatBot.secret')}>
            <Stack gap="sm">
              <Text size="sm" c="dimmed">{t('chatBot.secretHelp')}</Text>
              <Group>
                <ConfirmButton title={t('chatBot.drawTitle')} message={t('chatBot.drawText')} confirmLabel={t('chatBot.draw')} onConfirm={draw}>{t('chatBot.draw')}</ConfirmButton>
              </Group>
            </Stack>
          </Section>
        )}
        <SaveBar dirty={form.isDirty()} save={save} onReset={() => form.reset()} />
      </Stack>
    </form>
  );
}
