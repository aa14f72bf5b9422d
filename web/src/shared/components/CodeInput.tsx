import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './CodeInput.module.css';

export interface CodeInputProps {
  value: string;
  /** Gets ASCII digits only, at most `length`, whatever script they were typed in. */
  onChange: (value: string) => void;
  /** Called once when the last digit came, by key or by paste. */
  onComplete?: (value: string) => void;
  /** Number of digits, 6 by default. */
  length?: number;
  /** Visible label; "6-digit code" in the person's language by default (then for screen readers only). */
  label?: string;
  /** What was wrong with the code. */
  error?: string;
  disabled?: boolean;
  autoFocus?: boolean;
}

/** ASCII digits of a text: Persian, Arabic and full-width digits count, anything else is dropped. */
export function digitsOf(text: string): string {
  return [...text.normalize('NFKC')]
    .map((c) => {
      const at = '۰۱۲۳۴۵۶۷۸۹'.indexOf(c);
      const arabic = '٠١٢٣٤٥٦٧٨٩'.indexOf(c);
      return at >= 0 ? String(at) : arabic >= 0 ? String(arabic) : c;
    })
    .filter((c) => c >= '0' && c <= '9')
    .join('');
}

/** A one-time code: one real field (so that phones fill it in and paste works) drawn as boxes, always left to right. */
export function CodeInput({ value, onChange, onComplete, length = 6, label, error, disabled, autoFocus }: CodeInputProps) {
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={classes.root}>
      <label htmlFor={id} className={label ? classes.label : 'vv-heard'}>
        {label ?? t('code.label')}
      </label>
      <div className={`${classes.boxes} vv-ltr`} data-error={error ? true : undefined} data-disabled={disabled || undefined}>
        <input
          ref={input}
          id={id}
          className={classes.input}
          dir="ltr"
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]*"
          enterKeyHint="done"
          spellCheck={false}
          value={value}
          disabled={disabled}
          autoFocus={autoFocus}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onSelect={(e) => e.currentTarget.setSelectionRange(value.length, value.length)}
          onChange={(e) => {
            const next = digitsOf(e.currentTarget.value).slice(0, length);
            if (next === value) return;
            onChange(next);
            if (next.length === length) onComplete?.(next);
          }}
        />
        {Array.from({ length }, (_, i) => (
          <span key={i} className={classes.box} aria-hidden="true" data-current={i === Math.min(value.length, length - 1) || undefined}>
            {value[i] ?? ''}
          </span>
        ))}
      </div>
      {error && (
        <p id={`${id}-error`} className={classes.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
