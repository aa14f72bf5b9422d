import { useCallback, useEffect, useState } from 'react';
import { readStored, store } from './number';
import type { Handled } from './ringing';

/** What a person has done on one handset; shared by the tabs that show the same number. */
export interface Memory {
  /** Rings answered or declined, by call_id. */
  handled: Handled;
  /** Approvals answered or put off, by verification_id. */
  answered: Readonly<Record<string, string>>;
  /** created_at up to which each thread was read. */
  seen: Readonly<Record<string, string>>;
  /** received_at up to which notifications were cleared. */
  cleared: string;
}

const keyOf = (number: string) => `visavis.phone.${number}`;
const empty: Memory = { handled: {}, answered: {}, seen: {}, cleared: '' };
const keep = 100;

function read(number: string | null): Memory {
  if (!number) return empty;
  const stored = readStored<Partial<Memory> | null>(keyOf(number), null);
  return { ...empty, ...(stored && typeof stored === 'object' ? stored : {}) };
}

/** The handset's memory in this browser, and how to change it. */
export function useMemory(number: string | null): [Memory, (change: (old: Memory) => Memory) => void] {
  const [memory, setMemory] = useState(() => read(number));
  useEffect(() => {
    setMemory(read(number));
    const onStorage = (event: StorageEvent) => {
      if (number && event.key === keyOf(number)) setMemory(read(number));
    };
    window.addEventListener('storage', onStorage);
    return () => window.removeEventListener('storage', onStorage);
  }, [number]);
  const update = useCallback(
    (change: (old: Memory) => Memory) => {
      if (!number) return;
      const next = change(read(number)); // another tab may have written
      const kept = { ...next, handled: Object.fromEntries(Object.entries(next.handled).slice(-keep)), answered: Object.fromEntries(Object.entries(next.answered).slice(-keep)) };
      store(keyOf(number), kept);
      setMemory(kept);
    },
    [number],
  );
  return [memory, update];
}
