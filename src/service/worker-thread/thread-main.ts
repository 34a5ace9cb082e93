import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { WorkerThread } from './worker-thread.ts';
import type { ThreadSetting } from './messages.ts';

/** The entry of a worker's thread. */
await new WorkerThread(workerData as ThreadSetting, parentPort as MessagePort).run();
