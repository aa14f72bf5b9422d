import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api, body, Problem, randomUUID, type Schema } from '@/api';
import { useLiveState } from '../live';

export type ThreadEntry = Schema<'ThreadEntry'>;
type ThreadPage = Schema<'Thread'>;

/** Whose eyes: the customer's, or the bank's. */
export type ThreadSide = 'customer' | 'agent';

/** A line that the server has not confirmed yet. */
export interface Unsent {
  /** Also the idempotency key: sent again, it is said once. */
  key: string;
  text: string;
  error?: Problem;
}

export const threadKey = (identificationId: string) => ['thread', identificationId] as const;

/**
 * The chat of a case, oldest first, live. An entry may be committed a moment after one with a later id, so that news
 * are read by the newest page again, not by what comes after the last that is known.
 */
export function useThread(identificationId: string, side: ThreadSide, { open = true }: { open?: boolean } = {}) {
  const client = useQueryClient();
  const live = useLiveState();
  const key = threadKey(identificationId);
  const path = { identification_id: identificationId };
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => body(api.GET('/v1/identifications/{identification_id}/thread', { params: { path, query: { as: side, cursor: pageParam, limit: 50 } } })),
    getNextPageParam: (last: ThreadPage) => last.next_cursor,
    // The feed says when to look; without it one looks now and then.
    refetchInterval: live === 'open' ? false : open ? 4_000 : 20_000,
  });
  const [unsent, setUnsent] = useState<Unsent[]>([]);
  const pages = query.data?.pages;
  const entries = useMemo(() => {
    const seen = new Set<string>();
    return (pages ?? []).flatMap((p) => p.items).filter((e) => !seen.has(e.id) && seen.add(e.id)).reverse();
  }, [pages]);
  const head = pages?.[0];
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: key }), [client, identificationId]); // eslint-disable-line react-hooks/exhaustive-deps

  const post = useCallback(
    async (line: Unsent) => {
      setUnsent((all) => [...all.filter((l) => l.key !== line.key), { key: line.key, text: line.text }]);
      try {
        await api.POST('/v1/identifications/{identification_id}/thread/lines', {
          params: { path: { identification_id: identificationId }, query: { as: side } },
          headers: { 'Idempotency-Key': line.key },
          body: { text: line.text },
        });
        await client.refetchQueries({ queryKey: threadKey(identificationId) });
        setUnsent((all) => all.filter((l) => l.key !== line.key));
      } catch (error) {
        setUnsent((all) => all.map((l) => (l.key === line.key ? { ...l, error: Problem.from(error) } : l)));
      }
    },
    [client, identificationId, side],
  );
  const say = useCallback((text: string) => void post({ key: randomUUID(), text }), [post]);

  // What is on the screen is read.
  const newest = entries.at(-1)?.id;
  const unread = head?.unread ?? 0;
  const told = useRef<string>(undefined);
  useEffect(() => {
    if (!open || !newest || unread === 0 || told.current === newest) return;
    told.current = newest;
    void api
      .POST('/v1/identifications/{identification_id}/thread/read', { params: { path: { identification_id: identificationId }, query: { as: side } }, body: { up_to: newest } })
      .then(() => {
        client.setQueryData<InfiniteData<ThreadPage>>(threadKey(identificationId), (data) => data && { ...data, pages: data.pages.map((p) => ({ ...p, unread: 0 })) });
        void client.invalidateQueries({ queryKey: ['threads'] });
      })
      .catch(() => {
        told.current = undefined; // the next look tries again
      });
  }, [open, newest, unread, identificationId, side, client]);

  return {
    head,
    entries,
    unsent,
    unread,
    error: query.error,
    loading: query.isPending,
    refetch: () => void query.refetch(),
    refresh,
    older: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loadingOlder: query.isFetchingNextPage,
    say,
    again: (line: Unsent) => void post(line),
  };
}

export type ThreadHandle = ReturnType<typeof useThread>;
