/** Calls fn every everyMs (whole seconds), also while the tab is hidden, until the returned function is called. */
export function tickEvery(everyMs: number, fn: () => void): () => void {
  let stop: () => void;
  try {
    const worker = new Worker(new URL('./tick.worker.ts', import.meta.url), { type: 'module' });
    let seconds = 0;
    worker.onmessage = () => {
      if (++seconds * 1000 < everyMs) return;
      seconds = 0;
      fn();
    };
    stop = () => worker.terminate();
    worker.onerror = () => {
      stop();
      const timer = setInterval(fn, everyMs);
      stop = () => clearInterval(timer);
    };
  } catch {
    const timer = setInterval(fn, everyMs); // no workers here
    stop = () => clearInterval(timer);
  }
  return () => stop();
}
