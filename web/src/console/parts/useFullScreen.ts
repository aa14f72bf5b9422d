import { type RefObject, useEffect, useState } from 'react';

/** Shows one element on the whole screen, and leaves that: by toggle, or as the browser does (Esc). The page itself stays as it is. */
export function useFullScreen(element: RefObject<HTMLElement | null>) {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null && document.fullscreenElement === element.current);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, [element]);
  return {
    full,
    /** False where the browser has none, as on iPhones. */
    possible: document.fullscreenEnabled !== false,
    toggle: () => void (full ? document.exitFullscreen() : element.current?.requestFullscreen?.())?.catch(() => {}),
  };
}
