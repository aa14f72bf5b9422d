import { render, screen } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { beforeAll, expect, it } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { startI18n } from '@/shared/i18n';
import { consoleTheme } from '@/shared/theme/theme';
import type { Call, Identification } from './CallPage';
import { CustomerCard } from './CustomerCard';

beforeAll(() => startI18n('console'));

it('tells what the customer needs and belongs to before they look at each other', () => {
  const customer = { id: 'k', name: 'Lan', phone: '+84•••', locale: 'vi', time_zone: 'UTC', segment: 'gold', needs: ['sign_language', 'more_time'] };
  const identification = { id: 'f', customer, scenario: { name: { en: 'Open an account' } }, calls: [], notes: '' } as unknown as Identification;
  render(
    <AppProviders theme={consoleTheme}>
      <MemoryRouter><CustomerCard call={{ id: 'c' } as Call} identification={identification} scenario={undefined} /></MemoryRouter>
    </AppProviders>,
  );
  expect(screen.getByText('sign language, more time')).toBeTruthy();
  expect(screen.getByText('gold')).toBeTruthy();
});
