import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { startI18n } from '@/shared/i18n';
import { visitTheme } from '@/shared/theme/theme';

const root = document.documentElement;
const fresh = async () => {
  vi.resetModules();
  return import('./ease');
};

beforeAll(() => startI18n('visit'));
beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.unstubAllGlobals();
  root.style.fontSize = '';
  delete root.dataset.contrast;
});

it('shows the page as chosen, and keeps that', async () => {
  const { EaseButton } = await import('./EaseButton');
  const user = userEvent.setup();
  render(<AppProviders theme={visitTheme}><EaseButton /></AppProviders>);
  await user.click(screen.getByRole('button', { name: 'Easier to use' }));
  await user.click(await screen.findByRole('radio', { name: 'Largest' }));
  await user.click(screen.getByRole('switch', { name: 'More contrast' }));
  await user.click(screen.getByRole('switch', { name: /^Use less data in the call/ }));
  expect(root.style.fontSize).toBe('150%');
  expect(root.dataset.contrast).toBe('more');
  const { ease } = await fresh(); // as after a reload
  expect(ease()).toEqual({ text: 150, contrast: true, lessData: true });
  await user.click(screen.getByRole('radio', { name: 'Normal' }));
  await user.click(screen.getByRole('switch', { name: 'More contrast' }));
  expect(root.style.fontSize).toBe('');
  expect(root.dataset.contrast).toBeUndefined();
});

it('asks for little where the device does, until the person chooses', async () => {
  vi.stubGlobal('navigator', { ...navigator, connection: { saveData: true } });
  vi.stubGlobal('matchMedia', (query: string) => ({ matches: query.includes('prefers-contrast') }));
  const first = await fresh();
  expect(first.ease()).toEqual({ text: 100, contrast: true, lessData: true });
  expect(root.dataset.contrast).toBe('more');
  first.setEase({ lessData: false });
  expect((await fresh()).ease().lessData).toBe(false);
});

it('takes what is no choice for none', async () => {
  localStorage.setItem('visavis.ease', '{"text":900,"contrast":"yes","lessData":1}');
  expect((await fresh()).ease()).toEqual({ text: 100, contrast: false, lessData: false });
  localStorage.setItem('visavis.ease', 'x');
  expect((await fresh()).ease().text).toBe(100);
});
