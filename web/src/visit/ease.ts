import { useSyncExternalStore } from 'react';

/** How the person reads, and how much their connection may carry. Kept in this browser; nobody is told but the call about its data. */
export interface Ease {
  text: (typeof textSizes)[number];
  contrast: boolean;
  lessData: boolean;
}

/** Percent of the browser's own size. */
export const textSizes = [100, 125, 150] as const;

const key = 'visavis.ease';
const listeners = new Set<() => void>();
let now: Ease | undefined;

/** What was chosen here before; else what the device asks for. */
function stored(): Ease {
  let kept: Partial<Ease> = {};
  try {
    kept = (JSON.parse(localStorage.getItem(key) ?? 'null') ?? {}) as Partial<Ease>;
  } catch {
    // nothing was kept
  }
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  return {
    text: textSizes.find((size) => size === kept.text) ?? 100,
    contrast: typeof kept.contrast === 'boolean' ? kept.contrast : window.matchMedia?.('(prefers-contrast: more)').matches === true,
    lessData: typeof kept.lessData === 'boolean' ? kept.lessData : saves,
  };
}

/** Shows the page so: theme/ease.css knows data-contrast, and all sizes are in rem. */
function show({ text, contrast }: Ease) {
  const root = document.documentElement;
  root.style.fontSize = text === 100 ? '' : `${text}%`;
  if (contrast) root.dataset.contrast = 'more';
  else delete root.dataset.contrast;
}

export function ease(): Ease {
  if (!now) show((now = stored()));
  return now;
}

export function setEase(change: Partial<Ease>): void {
  show((now = { ...ease(), ...change }));
  try {
    localStorage.setItem(key, JSON.stringify(now));
  } catch {
    // then until the page is closed
  }
  for (const listener of listeners) listener();
}

export function useEase(): Ease {
  return useSyncExternalStore(
    (fn) => {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
    ease,
  );
}
