const key = 'visavis.zone';

/** The zone that the person chose on this device; undefined = the device's own. */
export function pickedZone(): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function pickZone(zone: string): void {
  try {
    localStorage.setItem(key, zone);
  } catch {
    // then it holds for this visit
  }
}

/** All zones to choose from: what is near at hand first, each once. */
export function zonesFor(...near: (string | undefined)[]): { near: string[]; all: string[] } {
  const first = [...new Set(near.filter((z): z is string => Boolean(z)))];
  return { near: first, all: (Intl.supportedValuesOf?.('timeZone') ?? []).filter((z) => !first.includes(z)) };
}
