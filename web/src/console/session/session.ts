import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState } from 'react';
import { api, body, onUnauthenticated, Problem, type Schema } from '@/api';

export type Session = Schema<'Session'>;
export type Role = Schema<'Role'>;

/** Who is signed in: null when nobody. */
export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      try {
        return await body(api.GET('/v1/session'));
      } catch (error) {
        if (Problem.from(error).status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

/** True once the API has said 401 to somebody who was signed in; the page then asks to sign in again, where it is. */
export function useExpiry(): boolean {
  const client = useQueryClient();
  const [expired, setExpired] = useState(false);
  useEffect(
    () =>
      onUnauthenticated(() => {
        if (!client.getQueryData(['session'])) return;
        setExpired(true);
        client.clear(); // what one person read is not for the next
        client.setQueryData(['session'], null);
      }),
    [client],
  );
  return expired;
}

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

/** The person who is signed in. Only below SessionProvider. */
export function useMe(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useMe outside a session');
  return session;
}
