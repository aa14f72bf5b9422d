import { cleanup, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeAll, expect, it, vi } from 'vitest';
import { Problem } from '@/api';
import { startI18n } from '@/shared/i18n';
import { session, show } from '../testing';
import { Refused } from './parts';
import { SaveBar } from './SaveBar';

beforeAll(() => startI18n('console'));
const idle = { error: null, isPending: false };

it('offers to save, and to go back, only what has changed', async () => {
  const reset = vi.fn();
  const save = vi.fn();
  show(<SaveBar dirty={false} save={idle} onReset={reset} onSave={save} />, session('administrator'));
  expect((screen.getByRole('button', { name: 'Save' }) as HTMLButtonElement).disabled).toBe(true);
  expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
  cleanup();
  show(<SaveBar dirty save={idle} onReset={reset} onSave={save} />, session('administrator'));
  expect(screen.getByRole('status').textContent).toBe('Not saved yet');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(save).toHaveBeenCalledOnce();
  expect(reset).toHaveBeenCalledOnce();
});

it('saves nothing that is wrong, and shows what the server refused', () => {
  show(<SaveBar dirty wrong save={{ error: new Problem('/problems/conflict', 'Conflict', 409), isPending: false }} onReset={() => {}} />, session('administrator'));
  expect((screen.getByRole('button', { name: 'Save' }) as HTMLButtonElement).disabled).toBe(true);
  expect(screen.getByRole('alert')).toBeTruthy();
});

it('says in the person’s language that four eyes are needed', () => {
  show(<Refused error={new Problem('/problems/four_eyes', 'Four eyes', 409)} />, session('administrator'));
  expect(screen.getByRole('alert').textContent).toContain('Another administrator');
});
