import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLiveEvent } from '@/shared';

/**
 * Marks queries as old after an event of the type, but at most once in `everyMs`:
 * a campaign that runs has many calls a second, and nobody reads that fast.
 */
export function useSlowly(type: string, key: string, everyMs = 2000): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveEvent(type, () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: [key] });
    }, everyMs);
  });
}
