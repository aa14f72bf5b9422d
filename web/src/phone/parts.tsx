import { ActionIcon, Anchor, Button, type ButtonProps, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { partsOf } from './smsText';
import classes from './handset.module.css';

/** Puts a text on the clipboard, also on a page without a secure context; false when the browser refuses. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.setAttribute('readonly', '');
    field.className = classes.offscreen!;
    document.body.append(field);
    const before = document.activeElement as HTMLElement | null;
    field.select();
    try {
      return document.execCommand('copy');
    } catch {
      return false;
    } finally {
      field.remove();
      before?.focus();
    }
  }
}

/** Copies; `done` is true for two seconds after it worked. */
function useCopy(): [done: boolean, run: (text: string) => void] {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    done,
    (text) =>
      void copy(text).then((ok) => {
        if (!ok) return;
        setDone(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setDone(false), 2000);
      }),
  ];
}

/** An icon that copies; `label` says what ("Copy the push token"). */
export function CopyIcon({ value, label }: { value: string; label: string }) {
  const { t } = useTranslation('phone');
  const [done, run] = useCopy();
  return (
    <Tooltip label={done ? t('copied') : label}>
      <ActionIcon aria-label={label} onClick={() => run(value)} color={done ? 'petrol' : 'gray'}>
        {done ? <IconCheck size={18} aria-hidden="true" /> : <IconCopy size={18} aria-hidden="true" />}
        <span className="vv-heard" role="status">
          {done ? t('copied') : ''}
        </span>
      </ActionIcon>
    </Tooltip>
  );
}

/** A button with a text that copies. */
export function CopyButton({ value, children, ...rest }: ButtonProps & { value: string; children: React.ReactNode }) {
  const { t } = useTranslation('phone');
  const [done, run] = useCopy();
  return (
    <Button
      variant="light"
      {...rest}
      leftSection={done ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />}
      onClick={() => run(value)}
    >
      <span aria-live="polite">{done ? t('copied') : children}</span>
    </Button>
  );
}

/** A code that is copied when pressed. */
function Code({ text, digits }: { text: string; digits: string }) {
  const { t } = useTranslation('phone');
  const [done, run] = useCopy();
  return (
    <button type="button" className={classes.code} onClick={() => run(digits)} aria-label={done ? t('copied') : t('sms.copyCode', { code: digits })}>
      <span data-code={digits}>{text}</span>
      {done ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
    </button>
  );
}

/** An SMS as phones show it: addresses open in a new tab, a code stands out and can be copied. */
export function SmsText({ body }: { body: string }) {
  const { t } = useTranslation('phone');
  return (
    <span className={classes.smsText} dir="auto">
      {partsOf(body).map((part, i) =>
        part.kind === 'link' ? (
          <Anchor key={i} href={part.href} target="_blank" rel="noopener noreferrer" underline="always" dir="ltr" inherit title={t('newTab')}>
            {part.text}
          </Anchor>
        ) : part.kind === 'code' ? (
          <Code key={i} text={part.text} digits={part.digits} />
        ) : (
          part.text
        ),
      )}
    </span>
  );
}
