import { start, type WorkerScope } from './worker';

// Built as /sw.js, one file of its own: what it imports, no page may import.
start(self as unknown as WorkerScope);
