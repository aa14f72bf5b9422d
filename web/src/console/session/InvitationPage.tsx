import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconCheck, IconLinkOff } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, Problem } from '@/api';
import { EmptyState, LanguagePicker, Logo, useProblemText } from '@/shared';
import classes from './session.module.css';

const shortest = 12;

/** Opened from an invitation, /console/invitation#token: the token is in the fragment, which no server log sees. */
export function InvitationPage() {
  const { t } = useTranslation('console');
  const problemText = useProblemText();
  const [token] = useState(() => window.location.hash.slice(1) || new URLSearchParams(window.location.search).get('token') || '');
  useEffect(() => {
    document.title = `${t('invitation.title')} · ${t('title')}`;
    // The token is worth a password: it does not stay in the address bar or the history.
    if (token) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [t, token]);
  const form = useForm({
    initialValues: { password: '', again: '' },
    validate: {
      password: (v) => (v.length < shortest ? t('invitation.short', { count: shortest }) : null),
      again: (v, all) => (v !== all.password ? t('invitation.different') : null),
    },
  });
  const accept = useMutation({
    mutationFn: (password: string) => api.POST('/v1/invitations/accept', { body: { token, password } }),
  });
  const problem = accept.error ? Problem.from(accept.error) : undefined;
  const gone = !token || (problem !== undefined && [401, 404, 410].includes(problem.status));

  return (
    <Center component="main" className={classes.page}>
      <div className={classes.column}>
        <Group justify="space-between" align="center">
          <Logo />
          <LanguagePicker />
        </Group>
        <Paper withBorder p="xl" shadow="sm">
          {accept.isSuccess ? (
            <EmptyState order={1} icon={<IconCheck size={24} stroke={1.6} />} title={t('invitation.done')} action={<Button component={Link} to="/">{t('signIn.submit')}</Button>}>
              {t('invitation.doneText')}
            </EmptyState>
          ) : gone ? (
            <EmptyState order={1} icon={<IconLinkOff size={24} stroke={1.6} />} title={t('invitation.gone')}>{t('invitation.goneText')}</EmptyState>
          ) : (
            <form onSubmit={form.onSubmit((v) => accept.mutate(v.password))}>
              <Stack>
                <Title order={1} size="h2">
                  {t('invitation.title')}
                </Title>
                <Text c="dimmed">{t('invitation.text')}</Text>
                {problem && (
                  <Alert color="red" role="alert">
                    {problem.reason('password') ?? problemText(problem)}
                  </Alert>
                )}
                <PasswordInput
                  label={t('invitation.password')}
                  description={t('invitation.short', { count: shortest })}
                  autoComplete="new-password"
                  dir="ltr"
                  required
                  visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
                  {...form.getInputProps('password')}
                />
                <PasswordInput
                  label={t('invitation.again')}
                  autoComplete="new-password"
                  dir="ltr"
                  required
                  visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
                  {...form.getInputProps('again')}
                />
                <Button type="submit" size="md" loading={accept.isPending}>
                  {t('invitation.submit')}
                </Button>
              </Stack>
            </form>
          )}
        </Paper>
      </div>
    </Center>
  );
}
