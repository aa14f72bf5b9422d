import type { OptionsFilter } from '@mantine/core';
import { useMemo } from 'react';

/** All IANA time zones that the browser knows, UTC first. */
export function useZones(): string[] {
  return useMemo(() => ['UTC', ...(Intl.supportedValuesOf?.('timeZone') ?? []).filter((z) => z !== 'UTC')], []);
}

/** Finds a zone by any of its words: "ho chi" finds Asia/Ho_Chi_Minh. */
export const zoneFilter: OptionsFilter = ({ options, search }) => {
  const wanted = search.toLowerCase().replaceAll(' ', '_').trim();
  return options.filter((o) => 'value' in o && String(o.value).toLowerCase().includes(wanted));
};
