import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { visitTheme } from '@/shared/theme/theme';
import { CodeForm, type CodeFormProps } from './Welcome';

const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const state = (way: 'sms' | 'voice', next: number): NonNullable<CodeFormProps['sent']> => ({
  way, next_send_at: at(next), expires_at: at(300), restricted: true, ways: [{ way: 'sms', restricted: true, next_send_at: at(next) }, { way: 'voice', restricted: true, next_send_at: at(next) }],
});
const show = (props: Partial<CodeFormProps>) => {
  const all = { sent: state('sms', -1), onSend: vi.fn(async () => {}), onCheck: vi.fn(), onCall: vi.fn(async () => {}), onDeny: vi.fn(async () => {}), ...props };
  render(<AppProviders theme={visitTheme}><CodeForm {...all} /></AppProviders>);
  return all;
};

beforeAll(() => startI18n('visit'));
beforeEach(() => pickLanguage('en'));

describe('the code of a visit', () => {
  it('can be called out instead, and says what to do then', async () => {
    const { onCall, onSend } = show({});
    await userEvent.click(screen.getByRole('button', { name: 'Call me instead' }));
    expect(onCall).toHaveBeenCalledOnce();
    expect(onSend).not.toHaveBeenCalled();
    await screen.findByText(/press 1/);
  });
  it('offers neither way before its time', () => {
    show({ sent: state('sms', 30) });
    expect(screen.queryByRole('button', { name: 'Call me instead' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Send the code again' })).toBeNull();
  });
  it('goes back to SMS after a call', () => {
    show({ sent: state('voice', -1) });
    expect(screen.getByRole('button', { name: 'Send it by SMS' })).toBeTruthy();
  });
  it('warns of a restricted way, and only then', () => {
    show({});
    expect(screen.getByText(/less safe than an app/)).toBeTruthy();
  });
  it('is refused only after a question', async () => {
    const { onDeny } = show({});
    await userEvent.click(screen.getByRole('button', { name: 'I did not ask for this code' }));
    expect(onDeny).not.toHaveBeenCalled();
    await userEvent.click(await screen.findByRole('button', { name: 'It was not me' }));
    await waitFor(() => expect(onDeny).toHaveBeenCalledOnce());
  });
  it('of a recovery offers neither a call nor a refusal', () => {
    show({ sent: { next_send_at: at(-1), expires_at: at(300) }, onCall: undefined, onDeny: undefined });
    expect(screen.queryByRole('button', { name: 'Call me instead' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'I did not ask for this code' })).toBeNull();
    expect(screen.queryByText(/less safe/)).toBeNull();
  });
});
