import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import { LiveProvider, ZoneProvider } from '@/shared';
import { AppProviders } from '@/shared/AppProviders';
import { consoleTheme } from '@/shared/theme/theme';
import { type Role, type Session, SessionProvider } from '../session/session';

export const me = 'a0000000-0000-4000-8000-000000000001';

/** Shows a part of the console to somebody of a role who is signed in. */
export function showConsole(page: ReactNode, role: Role = 'supervisor', at = '/', zone = 'UTC') {
  const session = {
    agent: { id: me, email: 's@x.example', name: 'Sofia', role, languages: ['en'], enabled: true },
    bank: { id: 'b', slug: 'demo', name: 'Demo Bank', time_zone: zone },
  } as unknown as Session;
  return render(
    <AppProviders theme={consoleTheme}>
      <MemoryRouter initialEntries={[at]}>
        <SessionProvider value={session}>
          <LiveProvider url="/v1/feed" enabled={false}>
            <ZoneProvider value={zone}>{page}</ZoneProvider>
          </LiveProvider>
        </SessionProvider>
      </MemoryRouter>
    </AppProviders>,
  );
}
