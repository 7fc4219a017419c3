// Finished frames on their way from the decoder's thread to the reader: a ring in shared memory.
//
// The reader takes a frame with two atomic loads and no message. Each side sleeps only when it has to: the decoder when the
// ring is full, until half of it is free again, so that one wake pays for several frames; the reader when it is empty.

/** What a record stands for. Info, errors and the like travel on a message port, posted before the record that needs them. */
export const RecordKind = { picture: 0, sound: 1, end: 2, error: 3 } as const;

export const FrameFlag = { key: 1, corrupt: 2, discont: 4 } as const;

/** One entry of the ring. */
export interface FrameRecord {
  kind: number;
  /** The slab's offset in the arena. */
  slab: number;
  ptsUs: number;
  /** Microseconds, or -1 when unknown. */
  durationUs: number;
  flags: number;
  epoch: number;
  /** Which of the infos sent so far describes the frame. */
  info: number;
  /** Of sound: samples of each channel. */
  samples: number;
  /** Microseconds since 1970, or -1 when unknown. */
  capturedAtUs: number;
}

const Word = {
  written: 0,
  taken: 1,
  stop: 2,
  readerWaits: 3,
  writerSleeps: 4,
  wakes: 5,
  capacity: 6,
  corruptPackets: 7,
  overruns: 8,
} as const;
const CONTROL_BYTES = 64;
const FIELDS = 9;

export class FrameRing {
  readonly buffer: SharedArrayBuffer;
  /** Frames that fit. */
  readonly capacity: number;
  private readonly slots: number;
  private readonly words: Int32Array;
  private readonly records: Float64Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.records = new Float64Array(buffer, CONTROL_BYTES);
    this.capacity = this.words[Word.capacity]!;
    this.slots = this.records.length / FIELDS;
  }

  static create(frames: number): FrameRing {
    // One slot more than frames, so that the end or an error always finds room; a power of two, so that counters may wrap.
    const slots = 2 ** Math.ceil(Math.log2(frames + 1));
    const buffer = new SharedArrayBuffer(CONTROL_BYTES + slots * FIELDS * 8);
    new Int32Array(buffer)[Word.capacity] = frames;
    return new FrameRing(buffer);
  }

  static attach(buffer: SharedArrayBuffer): FrameRing {
    return new FrameRing(buffer);
  }

  /** Records written and not yet taken. */
  get count(): number {
    return (Atomics.load(this.words, Word.written) - Atomics.load(this.words, Word.taken)) | 0;
  }

  get isFull(): boolean {
    return this.count >= this.capacity;
  }

  get stopped(): boolean {
    return Atomics.load(this.words, Word.stop) === 1;
  }

  get corruptPackets(): number {
    return Atomics.load(this.words, Word.corruptPackets);
  }

  set corruptPackets(count: number) {
    Atomics.store(this.words, Word.corruptPackets, count);
  }

  get overruns(): number {
    return Atomics.load(this.words, Word.overruns);
  }

  /** Writer: counts a frame that found no room. */
  overrun(): void {
    Atomics.add(this.words, Word.overruns, 1);
  }

  /** Tells the writer to stop; wakes it when it sleeps here. */
  stop(): void {
    Atomics.store(this.words, Word.stop, 1);
    this.wakeWriter();
  }

  /** Reader: the oldest record, or nothing. */
  take(): FrameRecord | undefined {
    const taken = Atomics.load(this.words, Word.taken);
    if (taken === Atomics.load(this.words, Word.written)) return undefined;
    const at = this.at(taken);
    const r = this.records;
    const record = {
      kind: r[at]!,
      slab: r[at + 1]!,
      ptsUs: r[at + 2]!,
      durationUs: r[at + 3]!,
      flags: r[at + 4]!,
      epoch: r[at + 5]!,
      info: r[at + 6]!,
      samples: r[at + 7]!,
      capturedAtUs: r[at + 8]!,
    };
    Atomics.store(this.words, Word.taken, (taken + 1) | 0);
    if (Atomics.load(this.words, Word.writerSleeps) === 1 && this.count <= this.lowWater) this.wakeWriter();
    return record;
  }

  /** Reader: asks to be woken by the next record. False when one has come meanwhile. */
  announceWait(): boolean {
    Atomics.store(this.words, Word.readerWaits, 1);
    if (this.count === 0) return true;
    Atomics.store(this.words, Word.readerWaits, 0);
    return false;
  }

  /** Writer: appends a record. True when the reader waits and has to be woken. */
  put(record: FrameRecord): boolean {
    const written = Atomics.load(this.words, Word.written);
    const at = this.at(written);
    const r = this.records;
    r[at] = record.kind;
    r[at + 1] = record.slab;
    r[at + 2] = record.ptsUs;
    r[at + 3] = record.durationUs;
    r[at + 4] = record.flags;
    r[at + 5] = record.epoch;
    r[at + 6] = record.info;
    r[at + 7] = record.samples;
    r[at + 8] = record.capturedAtUs;
    Atomics.store(this.words, Word.written, (written + 1) | 0);
    return Atomics.exchange(this.words, Word.readerWaits, 0) === 1;
  }

  /** Writer: sleeps while the ring is full; false when told to stop. */
  waitForRoom(): boolean {
    return this.count < this.capacity ? !this.stopped : this.waitForLowWater();
  }

  /** Writer: sleeps until half of the ring is free; false when told to stop. */
  waitForLowWater(): boolean {
    Atomics.store(this.words, Word.writerSleeps, 1);
    try {
      for (;;) {
        const wakes = Atomics.load(this.words, Word.wakes);
        if (this.stopped) return false;
        if (this.count <= this.lowWater) return true;
        Atomics.wait(this.words, Word.wakes, wakes);
      }
    } finally {
      Atomics.store(this.words, Word.writerSleeps, 0);
    }
  }

  /** How full the ring may be for a sleeping writer to go on. */
  get lowWater(): number {
    return this.capacity >> 1;
  }

  private at(index: number): number {
    return (index & (this.slots - 1)) * FIELDS;
  }

  private wakeWriter(): void {
    Atomics.add(this.words, Word.wakes, 1);
    Atomics.notify(this.words, Word.wakes);
  }
}
