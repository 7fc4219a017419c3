// The reader's thread: demuxes and decodes, writes pictures and sound into slabs and hands them over through the ring, as far ahead as
// ring and pools allow.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type ArenaHandle } from '../../memory/arena.ts';
import { Pool, type PoolHandle } from '../../memory/pool.ts';
import { isLiveInput, type MediaInput, shownInput } from '../reader/media-input.ts';
import type { StreamInfos } from '../reader/media-reader.ts';
import type { StreamExtents } from '../reader/stream-extent.ts';
import { type ErrorNote, errorNote } from './error-note.ts';
import { FrameRing } from './frame-ring.ts';
import { MediaDecoder } from './media-decoder.ts';
import type { StreamWishes } from './open-input.ts';
import { Outflow } from './outflow.ts';
import { describePictures, PictureOutput, type PictureSource } from './picture-output.ts';
import { describeSound, SoundOutput, type SoundTraits } from './sound-output.ts';
import { soundTraits } from './stream-info.ts';
import { StreamNotes } from './stream-notes.ts';

export interface ReadWorkerData {
  readonly input: MediaInput;
  readonly wishes: StreamWishes;
  readonly threads: number;
  /** Frames of a kind that may exist at once; 0 only describes the input. */
  readonly maxFrames: number;
  readonly arena: ArenaHandle;
  readonly pool: PoolHandle | undefined;
  readonly ring: SharedArrayBuffer;
  /** Carries notes, read by the other side when a record needs them. */
  readonly notes: MessagePort;
}

/** What the worker posts to its parent: how opening went, then an empty message whenever the reader is to wake. */
export type ReadAnswer = { readonly infos: StreamInfos; readonly extents: StreamExtents } | { readonly error: ErrorNote } | null;

/**
 * After how many frames the event loop goes round: Node frees what a native buffer took only there, and a thread that never
 * comes back to it grows by 2 kB a picture.
 */
const FRAMES_PER_TURN = 32;

const data = workerData as ReadWorkerData;
const parent = parentPort!;
const say = (answer: ReadAnswer): void => parent.postMessage(answer);

async function run(): Promise<void> {
  let decoder: MediaDecoder;
  try {
    decoder = new MediaDecoder(data);
  } catch (error) {
    say({ error: errorNote(error, 'media/decoder-failed') });
    return;
  }
  const { video, audio } = decoder.input;
  say({ infos: describe(decoder), extents: { video: video?.extent, audio: audio?.extent } });
  if (data.maxFrames > 0) await read(decoder);
  decoder.close();
}

async function read(decoder: MediaDecoder): Promise<void> {
  const { input, wishes, maxFrames } = data;
  const arena = Arena.attach(data.arena);
  const isLive = isLiveInput(input);
  const notes = new StreamNotes(data.notes);
  const outflow = new Outflow(arena, FrameRing.attach(data.ring), isLive, () => say(null));
  const poolOf = (slabBytes: number): Pool => Pool.create(arena, { name: `frames of ${shownInput(input)}`, slabBytes, limit: maxFrames });
  const pictures = new PictureOutput(outflow, notes, wishes.video ?? {}, data.pool && Pool.attach(arena, data.pool), poolOf);
  const sound = new SoundOutput(outflow, notes, wishes.audio ?? {}, poolOf);
  try {
    for (let frames = 1; !outflow.isStopped; frames++) {
      if (frames % FRAMES_PER_TURN === 0) await new Promise(setImmediate);
      const moment = decoder.next();
      outflow.corruptPackets = decoder.corruptPackets;
      if (moment === undefined) break;
      const capturedAtUs = isLive ? Date.now() * 1000 : -1;
      if (moment.decoder === decoder.video) {
        sound.passed(moment, decoder.audio?.hasEnded === true);
        pictures.put(moment, pictureSource(decoder), capturedAtUs);
      } else sound.put(moment, soundOf(decoder), capturedAtUs);
    }
    sound.flush();
    outflow.end();
  } catch (error) {
    sound.flush();
    notes.error(error);
    outflow.fail();
  } finally {
    pictures.close();
    sound.close();
  }
}

function describe(decoder: MediaDecoder): StreamInfos {
  const { video, audio } = decoder.input;
  return {
    video: video && describePictures(pictureSource(decoder), video.stream.codecpar, data.wishes.video ?? {}),
    audio: audio && describeSound(soundOf(decoder), data.wishes.audio ?? {}),
  };
}

function pictureSource(decoder: MediaDecoder): PictureSource {
  return { stream: decoder.input.video!.stream, ...containerOf(decoder) };
}

function soundOf(decoder: MediaDecoder): SoundTraits {
  const { container, durationUs } = containerOf(decoder);
  return soundTraits(decoder.input.audio!.stream, container, durationUs);
}

function containerOf({ input: { format } }: MediaDecoder): { container: string; durationUs: number | undefined } {
  return { container: format.iformat?.name ?? 'unknown', durationUs: format.duration > 0n ? Number(format.duration) : undefined };
}

void run();
