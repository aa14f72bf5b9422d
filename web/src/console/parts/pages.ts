import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';

/** One page of a list, as the API gives it. */
export interface Page<Item> {
  items: Item[];
  next_cursor?: string;
}

/** All items of a list, page after page, at most `most` pages. */
export async function everyPage<Item>(read: (cursor: string | undefined) => Promise<Page<Item>>, most = 20): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < most; i++) {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return items;
}

/** A list that grows at its end. */
export function useList<Item>(queryKey: QueryKey, read: (cursor: string | undefined) => Promise<Page<Item>>, enabled = true) {
  const query = useInfiniteQuery({
    queryKey,
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => read(pageParam),
    getNextPageParam: (last) => last.next_cursor,
  });
  return {
    items: query.data?.pages.flatMap((p) => p.items),
    error: query.error,
    refetch: () => void query.refetch(),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loadingMore: query.isFetchingNextPage,
  };
}

export type List<Item> = ReturnType<typeof useList<Item>>;
