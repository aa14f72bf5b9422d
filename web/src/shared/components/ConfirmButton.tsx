import { Alert, Button, type ButtonProps, Group, Modal, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useProblemText } from './states';

export interface ConfirmButtonProps extends Omit<ButtonProps, 'children'> {
  /** The button's text. */
  children: ReactNode;
  /** The question, such as "Reject this identification?" */
  title: string;
  /** What will happen and whether it can be undone. */
  message: ReactNode;
  /** Says the deed ("Reject"); the button's own text by default. */
  confirmLabel?: ReactNode;
  /** Says what leaves everything as it is; "Cancel" by default, which will not do where the deed is to cancel. */
  keepLabel?: ReactNode;
  /** The dialogue stays open until it is done, and shows what went wrong. */
  onConfirm: () => Promise<unknown> | void;
  /** Keeps the confirmation shut while something is missing, such as a reason in `message`. */
  confirmDisabled?: boolean;
}

/** A button for what harms: it asks first. */
export function ConfirmButton({ children, title, message, confirmLabel, keepLabel, onConfirm, confirmDisabled, color = 'red', ...button }: ConfirmButtonProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [opened, setOpened] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      setOpened(false);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const close = () => !busy && setOpened(false);
  return (
    <>
      <Button
        variant="light"
        color={color}
        {...button}
        onClick={() => {
          setError(undefined);
          setOpened(true);
        }}
      >
        {children}
      </Button>
      <Modal opened={opened} onClose={close} title={<Text fw={620}>{title}</Text>} closeButtonProps={{ 'aria-label': t('action.close') }}>
        <Stack>
          <Text component="div">{message}</Text>
          {error !== undefined && (
            <Alert color="red" role="alert">
              {text(error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} disabled={busy} data-autofocus>
              {keepLabel ?? t('action.cancel')}
            </Button>
            <Button color={color} onClick={confirm} loading={busy} disabled={confirmDisabled}>
              {confirmLabel ?? children}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
