import { useCallback, useRef, useState } from 'react';

/** Whether something is wider than its frame, so that the frame can be scrolled with the keys, too. */
export function useScrolls() {
  const [scrolls, setScrolls] = useState(false);
  const observer = useRef<ResizeObserver>(undefined);
  const frame = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    const look = () => setScrolls(element.scrollWidth > element.clientWidth + 1);
    observer.current = new ResizeObserver(look);
    observer.current.observe(element);
    if (element.firstElementChild) observer.current.observe(element.firstElementChild);
    look();
  }, []);
  return { frame, scrolls };
}
