import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Failed } from './parts';

export interface SaveBarProps {
  /** Whether there is anything to save. */
  dirty: boolean;
  /** What is written cannot be saved so. */
  wrong?: boolean;
  save: { error: unknown; isPending: boolean };
  /** Puts back what is saved. */
  onReset?: () => void;
  /** Without it the button sends the form around it. */
  onSave?: () => void;
  /** What the button says when it is not "Save". */
  label?: string;
  /** What else is to be read before one saves. */
  children?: ReactNode;
}

/** The end of a form: what went wrong, whether something is not saved, and the two ways on. */
export function SaveBar({ dirty, wrong = false, save, onReset, onSave, label, children }: SaveBarProps) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  return (
    <>
      <Failed error={save.error} />
      {children}
      <Group justify="flex-end">
        <Text size="sm" c="dimmed" role="status">{dirty ? t('unsaved') : ''}</Text>
        {dirty && onReset && <Button variant="default" onClick={onReset}>{common('action.cancel')}</Button>}
        <Button type={onSave ? 'button' : 'submit'} onClick={onSave} disabled={!dirty || wrong} loading={save.isPending}>{label ?? common('action.save')}</Button>
      </Group>
    </>
  );
}
