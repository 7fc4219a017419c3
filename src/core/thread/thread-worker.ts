// What a worker thread with elements in it runs.
import { parentPort, workerData } from 'node:worker_threads';
import { ThreadGraph } from './thread-graph.ts';
import type { MessageToWorker, ThreadPlan } from './thread-notes.ts';

const port = parentPort!;
const graph = await ThreadGraph.load(workerData as ThreadPlan, (notes) => port.postMessage(notes));
port.on('message', (message: MessageToWorker) => graph.hear(message));
// What it dies of is nobody's to catch, but what it has done by then can be told.
process.on('uncaughtExceptionMonitor', () => graph.tellCounts());
graph.begin();
