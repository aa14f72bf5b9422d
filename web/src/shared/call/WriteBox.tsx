import { ActionIcon, Group, Textarea } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './chat.module.css';

/** As the server bounds a line, in characters. */
const longest = 2000;

export interface WriteBoxProps {
  text: string;
  onChange: (text: string) => void;
  /** By Enter; the form around has it by the button. */
  onSend: () => void;
  label: string;
  maxRows: number;
}

/** Where a line of a chat is written: Enter sends, Shift+Enter begins a new line. */
export function WriteBox({ text, onChange, onSend, label, maxRows }: WriteBoxProps) {
  const { t } = useTranslation();
  return (
    <Group gap={8} wrap="nowrap" align="flex-end">
      <Textarea
        className={classes.input}
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(e) => onChange(e.currentTarget.value)}
        maxLength={longest}
        autosize
        minRows={1}
        maxRows={maxRows}
        dir="auto"
        onKeyDown={(e) => {
          if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return;
          e.preventDefault();
          onSend();
        }}
      />
      <ActionIcon type="submit" size={44} variant="filled" color="petrol" aria-label={t('call.chat.send')} disabled={text.trim() === ''}>
        <IconSend size={20} className={classes.arrow} />
      </ActionIcon>
    </Group>
  );
}
