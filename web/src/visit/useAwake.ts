import { useEffect, useState } from 'react';
import { soundUnlocked, unlockSound } from '@/shared/call';

/** Keeps the screen on while it is shown, where the browser can. */
export function useAwake(on: boolean): void {
  useEffect(() => {
    if (!on || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | undefined;
    let gone = false;
    const take = () => {
      if (document.visibilityState !== 'visible') return; // it is lost whenever the page is hidden
      navigator.wakeLock.request('screen').then(
        (got) => {
          if (gone) void got.release();
          else lock = got;
        },
        () => {},
      );
    };
    take();
    document.addEventListener('visibilitychange', take);
    return () => {
      gone = true;
      document.removeEventListener('visibilitychange', take);
      void lock?.release();
    };
  }, [on]);
}

/** Whether a ring can be heard; the first touch or key anywhere on the page makes it so. */
export function useSound(): boolean {
  const [unlocked, setUnlocked] = useState(soundUnlocked);
  useEffect(() => {
    if (unlocked) return;
    const unlock = () => void unlockSound().then((yes) => yes && setUnlocked(true));
    window.addEventListener('pointerup', unlock);
    window.addEventListener('keydown', unlock);
    return () => {
      window.removeEventListener('pointerup', unlock);
      window.removeEventListener('keydown', unlock);
    };
  }, [unlocked]);
  return unlocked;
}
