// The encoder's thread: takes one message a frame, encodes, writes, answers.
import { parentPort, workerData } from 'node:worker_threads';
import { Arena, type ArenaHandle } from '../../memory/arena.ts';
import { type ErrorNote, errorNote } from './error-note.ts';
import { FileEncoder, type FileEncoderOptions } from './file-encoder.ts';

export interface EncodeWorkerData extends FileEncoderOptions {
  readonly arena: ArenaHandle;
}

export type EncodeOrder =
  | { readonly kind: 'write'; readonly offset: number; readonly ptsUs: number; readonly durationUs: number }
  | { readonly kind: 'finish' }
  | { readonly kind: 'abort' }
  /** Ends the thread, once its last answer has been heard: a thread that ends by itself may take what it said last with it. */
  | { readonly kind: 'leave' };

/** One answer to opening and one to each order but the last. */
export type EncodeAnswer =
  | { readonly kind: 'opened'; readonly codec: string; readonly encoder: string }
  | { readonly kind: 'written' }
  | { readonly kind: 'finished'; readonly bytes: number; readonly frames: number }
  | { readonly kind: 'aborted' }
  | ({ readonly kind: 'failed' } & ErrorNote);

const data = workerData as EncodeWorkerData;
const parent = parentPort!;

function answerTo(encoder: FileEncoder, order: Exclude<EncodeOrder, { kind: 'leave' }>): EncodeAnswer {
  switch (order.kind) {
    case 'write':
      encoder.write(order.offset, order.ptsUs, order.durationUs);
      return { kind: 'written' };
    case 'finish':
      return { kind: 'finished', bytes: encoder.finish(), frames: encoder.frames };
    case 'abort':
      encoder.abort();
      return { kind: 'aborted' };
  }
}

function attempt(act: () => EncodeAnswer): EncodeAnswer {
  try {
    return act();
  } catch (error) {
    return { kind: 'failed', ...errorNote(error, 'media/encoding') };
  }
}

function run(): void {
  let encoder: FileEncoder | undefined;
  const opened = attempt(() => {
    encoder = new FileEncoder(Arena.attach(data.arena), data);
    return { kind: 'opened', codec: encoder.kind.codec, encoder: encoder.kind.name };
  });
  parent.postMessage(opened);
  if (encoder === undefined) return;
  const made = encoder;
  let failed: EncodeAnswer | undefined;
  parent.on('message', (order: EncodeOrder) => {
    if (order.kind === 'leave') {
      parent.close();
      return;
    }
    // After a failure there is nothing to be gained from the frames on their way, and no file to be finished.
    const answer = failed !== undefined && order.kind !== 'abort' ? failed : attempt(() => answerTo(made, order));
    if (answer.kind === 'failed') failed = answer;
    if (order.kind !== 'write') made.abort();
    parent.postMessage(answer);
  });
}

run();
