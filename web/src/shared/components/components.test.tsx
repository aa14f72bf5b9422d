import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../api';
import { AppProviders } from '../AppProviders';
import { currentLanguage, pickLanguage, startI18n, suggestLanguage } from '../i18n';
import { consoleTheme } from '../theme/theme';
import { CodeInput, digitsOf } from './CodeInput';
import { ConfirmButton } from './ConfirmButton';
import { StateBadge } from './StateBadge';
import { ErrorState } from './states';
import { formatDuration, formatTime } from './text';

beforeAll(() => startI18n('console'));
const show = (node: React.ReactNode) => render(<AppProviders theme={consoleTheme}>{node}</AppProviders>);

describe('CodeInput', () => {
  function Field({ done }: { done: (code: string) => void }) {
    const [code, setCode] = useState('');
    return <CodeInput value={code} onChange={setCode} onComplete={done} />;
  }
  it('takes a pasted code with spaces, and says once that it is complete', async () => {
    const done = vi.fn();
    show(<Field done={done} />);
    const field = screen.getByLabelText('6-digit code');
    expect(field.getAttribute('autocomplete')).toBe('one-time-code');
    await userEvent.click(field);
    await userEvent.paste(' 12 34-56 ');
    expect((field as HTMLInputElement).value).toBe('123456');
    await userEvent.type(field, '7');
    expect((field as HTMLInputElement).value).toBe('123456');
    expect(done.mock.calls).toEqual([['123456']]);
  });
  it('reads Persian, Arabic and full-width digits', () => {
    expect(digitsOf('۴۸۲ ٠١٢ ９x')).toBe('4820129');
  });
});

describe('ConfirmButton', () => {
  it('does nothing before it is confirmed, stays open on failure and says why', async () => {
    const deed = vi.fn().mockRejectedValueOnce(new Problem('x/conflict', 'Conflict', 409)).mockResolvedValueOnce(undefined);
    show(<ConfirmButton title="Reject?" message="For good." confirmLabel="Yes, reject" onConfirm={deed}>Reject</ConfirmButton>);
    await userEvent.click(screen.getByRole('button', { name: 'Reject' }));
    const yes = await screen.findByRole('button', { name: 'Yes, reject' });
    expect(deed).not.toHaveBeenCalled();
    await userEvent.click(yes);
    expect((await screen.findByRole('alert')).textContent).toMatch(/changed in the meantime/);
    await userEvent.click(yes);
    await vi.waitFor(() => expect(screen.queryByRole('alert')).toBeNull(), 60_000);
    expect(deed).toHaveBeenCalledTimes(2);
  });
});

describe('texts', () => {
  it('changes language, direction, digits and plural forms together', async () => {
    const error = new Problem('x/too_many', 'Too many', 429, '', [], 3);
    show(<><StateBadge state="booked" /><StateBadge state="odd_state" /><ErrorState error={error} /></>);
    screen.getByText('Booked');
    screen.getByText('odd state');
    screen.getByText('You can try again in 3 seconds.');
    await pickLanguage('fa');
    await screen.findByText(/۳ ثانیه/);
    expect(document.documentElement.dir).toBe('rtl');
    expect(document.documentElement.lang).toBe('fa');
    await pickLanguage('ru');
    await screen.findByText('Повторить можно через 3 секунды.');
    expect(document.documentElement.dir).toBe('ltr');
    await suggestLanguage('zh-CN'); // what the person picked stays
    expect(currentLanguage()).toBe('ru');
    await pickLanguage('en');
  });
});

describe('formatTime', () => {
  const at = '2026-11-22T21:30:00Z';
  it('writes a moment in the given zone, day before time', () => {
    expect(formatTime(at, 'datetime', 'en-GB', 'Asia/Ho_Chi_Minh')).toBe('Mon 23 November, 04:30');
    expect(formatTime(at, 'datetime', 'vi-VN', 'Asia/Ho_Chi_Minh')).toMatch(/23 tháng 11, 04:30$/);
  });
  it('writes Persian in its own calendar and digits', () => {
    expect(formatTime(at, 'short', 'fa-IR-u-ca-persian-nu-arabext', 'Asia/Tehran')).toBe('۲ آذر، ۰۱:۰۰');
  });
  it('writes durations', () => {
    expect(formatDuration(245_000, 'en-GB')).toBe('4:05');
    expect(formatDuration(3_729_000, 'en-GB')).toBe('1:02:09');
    expect(formatDuration(-5, 'en-GB')).toBe('0:00');
  });
});
