import { useMergedRef } from '@mantine/hooks';
import { type KeyboardEvent, type RefObject, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './flows.module.css';
import type { Problem } from './flows';

export interface FlowEditorProps {
  value: string;
  onChange: (value: string) => void;
  problems: readonly Problem[];
  readOnly?: boolean;
  field?: RefObject<HTMLTextAreaElement | null>;
  /** The id of what says what is wrong. */
  describedBy?: string;
}

/** A document with line numbers beside it, and marks on the lines in which something is wrong. */
export function FlowEditor({ value, onChange, problems, readOnly, field, describedBy }: FlowEditorProps) {
  const { t } = useTranslation('voice');
  const id = useId();
  const gutter = useRef<HTMLDivElement>(null);
  const own = useRef<HTMLTextAreaElement>(null);
  const ref = useMergedRef(own, field ?? null);
  const lines = value.split('\n').length;
  const worst = new Map<number, Problem['severity']>();
  for (const p of problems) if (worst.get(p.line) !== 'error') worst.set(p.line, p.severity);
  const onKey = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (e.key !== 'Enter' || e.ctrlKey || e.metaKey || e.altKey || readOnly || e.nativeEvent.isComposing) return;
    // The new line begins where the one before does. Tab goes on to the next field, as everywhere.
    const { selectionStart: from, selectionEnd: to } = e.currentTarget;
    const indent = /[ ]*/.exec(value.slice(value.lastIndexOf('\n', from - 1) + 1, from))![0];
    if (!indent) return;
    e.preventDefault();
    onChange(`${value.slice(0, from)}\n${indent}${value.slice(to)}`);
    const caret = from + 1 + indent.length;
    requestAnimationFrame(() => own.current?.setSelectionRange(caret, caret));
  };
  return (
    <div className={classes.editor} dir="ltr">
      <div className={classes.gutter} ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => (
          <div key={i} data-problem={worst.get(i + 1)}>{i + 1}</div>
        ))}
      </div>
      <label htmlFor={id} className="vv-heard">{t('document')}</label>
      <textarea
        id={id}
        ref={ref}
        className={classes.source}
        value={value}
        readOnly={readOnly}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        wrap="off"
        maxLength={65_536}
        aria-invalid={problems.some((p) => p.severity === 'error') || undefined}
        aria-describedby={describedBy}
        onChange={(e) => onChange(e.currentTarget.value)}
        onKeyDown={onKey}
        onScroll={(e) => { if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop; }}
      />
    </div>
  );
}
