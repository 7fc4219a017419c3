import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { TraceWriter } from '../../src/cli/trace-writer.ts';
import type { Element } from '../../src/index.ts';
import { GraphFolder } from '../core/graph-folder.ts';

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
}

function fakeElement(name: string, thread?: string): Element {
  return { name, definition: { name: 'identity' }, description: { type: 'identity', thread }, sinkPads: new Map() } as unknown as Element;
}

describe('trace writer', () => {
  let folder: GraphFolder;
  beforeEach(() => {
    folder = new GraphFolder();
  });
  afterEach(() => folder.remove());

  function trace(write: (writer: TraceWriter) => void): TraceEvent[] {
    const writer = new TraceWriter(folder.file('trace.json'));
    write(writer);
    writer.close();
    return JSON.parse(readFileSync(folder.file('trace.json'), 'utf8')) as TraceEvent[];
  }

  it('gives each element a track, grouped by thread', () => {
    const [a, b, c] = [fakeElement('a'), fakeElement('b', 'side'), fakeElement('c')];
    const events = trace(({ span }) => {
      for (const element of [a, b, c]) span(element, 10, 20, 1);
    });
    const tracks = new Map(events.filter(({ name }) => name === 'thread_name').map(({ tid, pid, args }) => [args.name, { tid, pid }]));
    const groups = events.filter(({ name }) => name === 'process_name').map(({ args }) => args.name);
    assert.deepEqual(groups, ['thread main', 'thread side']);
    assert.equal(tracks.get('a')!.pid, tracks.get('c')!.pid);
    assert.notEqual(tracks.get('a')!.pid, tracks.get('b')!.pid);
    assert.equal(new Set([...tracks.values()].map(({ tid }) => tid)).size, 3);
  });

  it('never lets two spans of a track overlap', () => {
    const element = fakeElement('a');
    const spans = [
      [0, 10],
      [2, 12],
      [11, 13],
      [5, 20],
      [13, 21],
      [20, 22],
    ] as const;
    const events = trace(({ span }) => {
      for (const [start, end] of spans) span(element, start, end, 1);
    }).filter(({ ph }) => ph === 'X');
    assert.equal(events.length, spans.length);
    assert.equal(new Set(events.map(({ tid }) => tid)).size, 3, 'as many tracks as runs at once');
    for (const one of events) {
      for (const other of events) {
        if (one !== other && one.tid === other.tid) assert.ok(one.ts + one.dur <= other.ts || other.ts + other.dur <= one.ts);
      }
    }
  });

  it('writes as it goes, and can be read without its end', () => {
    const element = fakeElement('a');
    const writer = new TraceWriter(folder.file('trace.json'));
    for (let index = 0; index < 2000; index++) writer.span(element, index, index + 1, 1);
    const soFar = readFileSync(folder.file('trace.json'), 'utf8');
    assert.ok(soFar.length > 65_536);
    assert.ok((JSON.parse(`${soFar}]`) as unknown[]).length > 300);
    writer.close();
    assert.equal((JSON.parse(readFileSync(folder.file('trace.json'), 'utf8')) as TraceEvent[]).filter(({ ph }) => ph === 'X').length, 2000);
  });

  it('is readable when nothing happened', () => {
    assert.deepEqual(
      trace(() => {}),
      [],
    );
  });
});
