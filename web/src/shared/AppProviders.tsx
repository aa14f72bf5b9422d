import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/global.css';
import { DirectionProvider, MantineProvider, type MantineThemeOverride, useDirection } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { type ReactNode, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from '../api';
import { ErrorBoundary } from './components/ErrorBoundary';
import { type Namespace, startI18n, useLanguage } from './i18n';
import { cssVariables } from './theme/theme';

/** The nonce of the page's Content-Security-Policy; empty where the server has put none (vite dev). */
export function styleNonce(): string {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
  return nonce.startsWith('{') ? '' : nonce;
}

/**
 * A query is tried again twice, but not when the answer was an answer: only
 * without one, at 429 and at 5xx. Mutations are never repeated by themselves.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => {
          const { status } = Problem.from(error);
          return failures < 2 && (status === 0 || status === 429 || status >= 500);
        },
      },
      mutations: { retry: false },
    },
  });
}

/** Keeps Mantine's direction the language's. */
function Direction({ children }: { children: ReactNode }) {
  const { dir } = useLanguage();
  const { setDirection } = useDirection();
  useEffect(() => setDirection(dir), [dir, setDirection]);
  return children;
}

export interface AppProvidersProps {
  theme: MantineThemeOverride;
  client?: QueryClient;
  children: ReactNode;
}

/** Everything a page needs around it; also for tests of components. */
export function AppProviders({ theme, client, children }: AppProvidersProps) {
  const [queryClient] = useState(() => client ?? createQueryClient());
  return (
    <QueryClientProvider client={queryClient}>
      <DirectionProvider initialDirection={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'} detectDirection={false}>
        <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={styleNonce}>
          <Direction>
            <ModalsProvider>
              <Notifications position="top-center" />
              <ErrorBoundary>{children}</ErrorBoundary>
            </ModalsProvider>
          </Direction>
        </MantineProvider>
      </DirectionProvider>
    </QueryClientProvider>
  );
}

/** Loads the page's texts, then renders it into #root. */
export async function startPage(namespace: Namespace, theme: MantineThemeOverride, page: ReactNode): Promise<void> {
  const nonce = styleNonce();
  if (nonce) setNonce(nonce); // for react-remove-scroll, which modals use
  await startI18n(namespace);
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <AppProviders theme={theme}>{page}</AppProviders>
    </StrictMode>,
  );
}
