import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { IconAlertCircle, IconCloudOff, IconInbox } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../../api';
import classes from './states.module.css';

export interface EmptyStateProps {
  title: string;
  /** What to do, or when something will be here. */
  children?: ReactNode;
  icon?: ReactNode;
  action?: ReactNode;
  /** Of the heading: 2 by default, 1 where it is all that the page says. */
  order?: 1 | 2;
}

/** Says that there is nothing, and what to do about it. */
export function EmptyState({ title, children, icon, action, order = 2 }: EmptyStateProps) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" className={classes.state}>
      <div className={classes.icon} aria-hidden="true">
        {icon ?? <IconInbox size={24} stroke={1.6} />}
      </div>
      <Title order={order} size="h4">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" maw={380} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** One sentence in the person's language for what went wrong: by status, since the server's detail is English. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    const { status } = Problem.from(error);
    if (status === 0) return Problem.from(error).code === 'network' ? t('error.network') : t('error.server');
    if (status === 400 || status === 422) return t('error.invalid');
    if (status === 401) return t('error.unauthenticated');
    if (status === 403) return t('error.forbidden');
    if (status === 404) return t('error.notFound');
    if (status === 409) return t('error.conflict');
    if (status === 410) return t('error.gone');
    if (status === 429) return t('error.tooMany');
    if (status === 503) return t('error.unavailable');
    if (status >= 500) return t('error.server');
    return t('error.title');
  };
}

export interface ErrorStateProps {
  /** Whatever was thrown; a Problem says most. */
  error: unknown;
  /** Shows "Try again". */
  onRetry?: () => void;
  /** Also shows the server's own English sentence: for people at the bank, not for customers. */
  withDetail?: boolean;
}

/** Says what went wrong in the person's language, and offers to try again. */
export function ErrorState({ error, onRetry, withDetail = false }: ErrorStateProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const problem = Problem.from(error);
  return (
    <Stack align="center" gap="xs" py="xl" px="md" className={classes.state} role="alert">
      <div className={`${classes.icon} ${classes.bad}`} aria-hidden="true">
        {problem.code === 'network' ? <IconCloudOff size={24} stroke={1.6} /> : <IconAlertCircle size={24} stroke={1.6} />}
      </div>
      <Title order={2} size="h4">
        {t('error.title')}
      </Title>
      <Text c="dimmed" maw={420}>
        {text(error)}
      </Text>
      {problem.retry_after !== undefined && problem.retry_after > 0 && (
        <Text c="dimmed">{t('error.again', { count: Math.ceil(problem.retry_after) })}</Text>
      )}
      {withDetail && problem.detail && (
        <Text size="sm" c="dimmed" maw={480} dir="ltr" lang="en">
          {problem.detail}
        </Text>
      )}
      {onRetry && (
        <Button variant="default" mt="xs" onClick={onRetry}>
          {t('action.retry')}
        </Button>
      )}
    </Stack>
  );
}

/** Something is on its way; `label` says what, "Loading…" by default. */
export function LoadingState({ label }: { label?: string }) {
  const { t } = useTranslation();
  return (
    <Center py="xl" role="status">
      <Stack align="center" gap="sm">
        <Loader size="sm" type="dots" />
        <Text size="sm" c="dimmed">
          {label ?? t('loading')}
        </Text>
      </Stack>
    </Center>
  );
}
