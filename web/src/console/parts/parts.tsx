import { Alert, Button, CopyButton, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api';
import { useProblemText } from '@/shared';
import classes from './parts.module.css';

/** Names and values; a value that is empty or undefined is left out. */
export function Facts({ items }: { items: [label: string, value: ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {items
        .filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
        .map(([label, value]) => (
          <div key={label} style={{ display: 'contents' }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** A part of a page with its heading. */
export function Section({ id, title, actions, children }: { id?: string; title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section id={id} className={classes.section} aria-label={title}>
      <header>
        <Title order={2}>{title}</Title>
        {actions}
      </header>
      {children}
    </section>
  );
}

/** A text with a button that copies it. */
export function Copyable({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation('console');
  return (
    <Stack gap={6} align="stretch">
      {label && (
        <Text size="sm" c="dimmed">
          {label}
        </Text>
      )}
      <div className={`${classes.secret} vv-ltr`}>{value}</div>
      <CopyButton value={value} timeout={2000}>
        {({ copied, copy }) => (
          <Group>
            <Button
              variant={copied ? 'light' : 'filled'}
              leftSection={copied ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />}
              onClick={copy}
            >
              <span aria-live="polite">{copied ? t('copied') : t('copy')}</span>
            </Button>
          </Group>
        )}
      </CopyButton>
    </Stack>
  );
}

/** Shows what is told once: a key, a secret, a link. null in `value` = it was told before, in an answer that got lost. */
export function OnceModal({ title, text, value, onClose }: { title: string; text: string; value: string | null | undefined; onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  return (
    <Modal opened={value !== undefined} onClose={onClose} title={<Text fw={620}>{title}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }} closeOnClickOutside={false} size="lg">
      <Stack>
        <Alert color="petrol">{text}</Alert>
        {value ? <Copyable value={value} /> : <Text>{t('onceGone')}</Text>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('action.close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Short news at the top of the page: `say.done('…')`, `say.failed(error)`. */
export function useSay() {
  const text = useProblemText();
  const { t } = useTranslation();
  const closeButtonProps = { 'aria-label': t('action.close') };
  return {
    done: (message: string) => notifications.show({ color: 'petrol', message, closeButtonProps }),
    failed: (error: unknown) => notifications.show({ color: 'red', message: withDetail(text(error), error), autoClose: 8000, closeButtonProps }),
  };
}

/** The sentence in the person's language, then the server's own, which says more. */
function withDetail(sentence: string, error: unknown): ReactNode {
  const { detail } = Problem.from(error);
  if (!detail) return sentence;
  return (
    <>
      {sentence}
      <span style={{ display: 'block', opacity: 0.75 }} dir="ltr" lang="en">
        {detail}
      </span>
    </>
  );
}

/** What went wrong, in the place where it did. */
export function Failed({ error }: { error: unknown }) {
  const text = useProblemText();
  if (!error) return null;
  return (
    <Alert color="red" role="alert">
      {withDetail(text(error), error)}
    </Alert>
  );
}

/** What the server refused; the two of four eyes in the person's own language. */
export function Refused({ error }: { error: unknown }) {
  const { t } = useTranslation('console');
  if (!error) return null;
  const { code } = Problem.from(error);
  if (code === 'four_eyes' || code === 'second_administrator_needed') {
    return <Alert color="yellow" role="alert">{code === 'four_eyes' ? t('texts.fourEyes') : t('texts.second')}</Alert>;
  }
  return <Failed error={error} />;
}

export function Keys({ children }: { children: string }) {
  return (
    <kbd className={classes.kbd} aria-hidden="true">
      {children}
    </kbd>
  );
}

/**
 * Calls fn on a key with a modifier ("Alt+KeyP", "Control+Enter"), by the key's
 * place, so that it works in every script. Command counts as Control.
 */
export function useShortcut(keys: string, fn: (() => void) | undefined): void {
  const latest = useRef(fn);
  latest.current = fn;
  useEffect(() => {
    const [modifier, code] = keys.split('+');
    const listener = (event: KeyboardEvent) => {
      const held = modifier === 'Alt' ? event.altKey && !event.ctrlKey && !event.metaKey : (event.ctrlKey || event.metaKey) && !event.altKey;
      if (!held || event.code !== code || event.repeat || !latest.current) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [keys]);
}
