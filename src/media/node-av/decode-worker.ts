// The decoder's thread: decodes, writes pictures into slabs and hands them over through the ring, as far ahead as ring and
// pool allow.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Arena, type ArenaHandle } from '../../memory/arena.ts';
import { Pool, type PoolHandle } from '../../memory/pool.ts';
import { countWaiters, PoolField } from '../../memory/pool-word.ts';
import type { Slab } from '../../memory/slab.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { type ErrorNote, errorNote } from './error-note.ts';
import { FileDecoder } from './file-decoder.ts';
import { FrameRing, RecordKind } from './frame-ring.ts';
import { FrameWriter, outputFormat } from './frame-writer.ts';
import { orientationOfStream, type PictureTraits, streamInfo } from './stream-info.ts';

export interface DecodeWorkerData {
  readonly path: string;
  readonly threads: number;
  readonly plays: number;
  readonly format: 'I420' | 'native';
  readonly maxFrames: number;
  readonly arena: ArenaHandle;
  readonly pool: PoolHandle | undefined;
  readonly ring: SharedArrayBuffer;
  /** Carries {@link DecodeNote}s, read by the other side when a record needs them. */
  readonly notes: MessagePort;
}

export type DecodeNote = { readonly info: VideoStreamInfo; readonly pool: PoolHandle } | { readonly error: ErrorNote };

/** What the worker posts to its parent: how opening went, then an empty message whenever the reader is to wake. */
export type DecodeAnswer = { readonly info: VideoStreamInfo } | { readonly error: ErrorNote } | null;

/**
 * After how many pictures the event loop goes round: Node frees what a native buffer took only there, and a thread that never
 * comes back to it grows by 2 kB a picture.
 */
const PICTURES_PER_TURN = 32;

const data = workerData as DecodeWorkerData;
const parent = parentPort!;

async function run(): Promise<void> {
  let decoder: FileDecoder;
  try {
    decoder = new FileDecoder(data);
  } catch (error) {
    parent.postMessage({ error: errorNote(error, 'media/decoder-failed') } satisfies DecodeAnswer);
    return;
  }
  parent.postMessage({ info: describe(decoder, decoder.input.stream.codecpar) } satisfies DecodeAnswer);
  if (data.maxFrames > 0) await decode(decoder);
  decoder.close();
}

async function decode(decoder: FileDecoder): Promise<void> {
  const arena = Arena.attach(data.arena);
  const ring = FrameRing.attach(data.ring);
  const put = (kind: number, slab = 0, ptsUs = 0, durationUs = 0, flags = 0, epoch = 0, info = 0) => {
    if (ring.put({ kind, slab, ptsUs, durationUs, flags, epoch, info })) parent.postMessage(null);
  };
  let pool = data.pool && Pool.attach(arena, data.pool);
  let writer: FrameWriter | undefined;
  let infos = 0;
  let pictures = 0;
  let traits = '';
  try {
    for (;;) {
      if (++pictures % PICTURES_PER_TURN === 0) await new Promise(setImmediate);
      const timing = decoder.next();
      ring.corruptPackets = decoder.corruptPackets;
      if (timing === undefined) break;
      const { picture } = decoder;
      const seen = `${picture.width} ${picture.height} ${picture.format} ${picture.colorSpace} ${picture.colorRange}`;
      if (writer === undefined || seen !== traits) {
        writer?.close();
        writer = new FrameWriter(arena, picture, data.format, orientationOfStream(decoder.input.stream));
        traits = seen;
        if (pool === undefined || pool.slabBytes < writer.layout.bytes) pool = ownPool(arena, writer.layout.bytes);
        data.notes.postMessage({ info: describe(decoder, picture), pool: pool.handle } satisfies DecodeNote);
        infos++;
      }
      if (!ring.waitForRoom()) return;
      const slab = acquire(arena, pool!, ring);
      if (slab === undefined) return;
      try {
        writer.write(picture, slab);
      } catch (error) {
        slab.release();
        throw error;
      }
      put(RecordKind.frame, slab.offset, timing.ptsUs, timing.durationUs, timing.flags, timing.epoch, infos - 1);
    }
    put(RecordKind.end);
  } catch (error) {
    data.notes.postMessage({ error: errorNote(error, 'media/decoder-failed') } satisfies DecodeNote);
    put(RecordKind.error);
  } finally {
    writer?.close();
  }
}

/** A slab as soon as there is one; nothing when told to stop. */
function acquire(arena: Arena, pool: Pool, ring: FrameRing): Slab | undefined {
  const word = pool.handle.address / 4 + PoolField.released;
  while (!ring.stopped) {
    const released = Atomics.load(arena.words, word);
    const slab = pool.tryAcquire();
    if (slab !== undefined) return slab;
    // While the reader has plenty to take, one longer sleep saves many short ones.
    if (ring.count > ring.lowWater) ring.waitForLowWater();
    else if (!ring.stopped) {
      countWaiters(arena.words, pool.handle.address, 1);
      Atomics.wait(arena.words, word, released);
      countWaiters(arena.words, pool.handle.address, -1);
    }
  }
  return undefined;
}

function ownPool(arena: Arena, slabBytes: number): Pool {
  return Pool.create(arena, { name: `frames of ${data.path}`, slabBytes, limit: data.maxFrames });
}

function describe(decoder: FileDecoder, traits: PictureTraits): VideoStreamInfo {
  const { format, stream } = decoder.input;
  const duration = format.duration > 0n ? Number(format.duration) : undefined;
  return streamInfo(stream, format.iformat?.name ?? 'unknown', duration, traits, outputFormat(traits.format, data.format));
}

void run();
