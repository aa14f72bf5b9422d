import { Alert, Anchor, Button, Center, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { Countdown, LanguagePicker, Logo, useProblemText } from '@/shared';
import classes from './session.module.css';

/** E-mail and password; the bank only when the address exists at several. */
export function SignInPage({ expired }: { expired: boolean }) {
  const { t } = useTranslation('console');
  const problemText = useProblemText();
  const client = useQueryClient();
  const [withBank, setWithBank] = useState(false);
  const [until, setUntil] = useState<string>();
  const form = useForm({ initialValues: { email: '', password: '', bank: '' } });
  const bank = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = `${t('signIn.title')} · ${t('title')}`;
  }, [t]);
  useEffect(() => {
    if (withBank) bank.current?.focus();
  }, [withBank]);

  const signIn = useMutation({
    mutationFn: (v: typeof form.values) =>
      body(api.POST('/v1/session', { body: { email: v.email.trim(), password: v.password, ...(v.bank ? { bank: v.bank.trim() } : {}) } })),
    onSuccess: (session) => client.setQueryData(['session'], session),
    onError: (error) => {
      const problem = Problem.from(error);
      if (problem.status === 409 || problem.code.includes('bank')) setWithBank(true);
      if (problem.status === 429) setUntil(new Date(Date.now() + (problem.retry_after ?? 60) * 1000).toISOString());
    },
  });
  const problem = signIn.error ? Problem.from(signIn.error) : undefined;
  const message = !problem ? undefined
    : problem.status === 401 || problem.status === 404 || problem.status === 422 || problem.status === 400 ? t('signIn.wrong')
    : problem.status === 409 ? t('signIn.whichBank')
    : problem.status === 429 ? undefined
    : problemText(problem);

  return (
    <Center component="main" className={classes.page}>
      <div className={classes.column}>
        <Group justify="space-between" align="center">
          <Logo />
          <LanguagePicker />
        </Group>
        <Paper withBorder p="xl" shadow="sm">
          <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
            <Stack>
              <Title order={1} size="h2">
                {t('signIn.title')}
              </Title>
              {expired && !problem && (
                <Alert color="petrol" role="status">
                  {t('signIn.expired')}
                </Alert>
              )}
              {message && (
                <Alert color="red" role="alert">
                  {message}
                </Alert>
              )}
              {until && (
                <Alert color="red" role="alert">
                  {t('signIn.tooMany')} <Countdown to={until} onEnd={() => setUntil(undefined)} />
                </Alert>
              )}
              <TextInput label={t('signIn.email')} type="email" autoComplete="username" required dir="ltr" autoFocus {...form.getInputProps('email')} />
              <PasswordInput
                label={t('signIn.password')}
                autoComplete="current-password"
                required
                dir="ltr"
                visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
                {...form.getInputProps('password')}
              />
              {withBank ? (
                <TextInput ref={bank} label={t('signIn.bank')} description={t('signIn.bankHelp')} dir="ltr" autoCapitalize="none" {...form.getInputProps('bank')} />
              ) : (
                <Anchor component="button" type="button" size="sm" ta="start" onClick={() => setWithBank(true)}>
                  {t('signIn.severalBanks')}
                </Anchor>
              )}
              <Button type="submit" size="md" loading={signIn.isPending} disabled={until !== undefined}>
                {t('signIn.submit')}
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed" ta="center">
          {t('signIn.help')}
        </Text>
      </div>
    </Center>
  );
}
