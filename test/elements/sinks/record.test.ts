import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { OpenedGraph } from '../../../src/core/graph/open-graph.ts';
import type { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { createPipeline } from '../../../src/load-graph.ts';
import { simulate } from '../../../src/simulation/simulate.ts';
import { launched } from '../../simulation/graphs.ts';
import { testCaps } from '../../support/make-buffer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { filter, testMedia, tinyElement } from '../../support/tiny-element.ts';

const CAMERAS = `video-test-source name=left width=32 height=16 frameRate=20 pattern=shapes live=true ! tee name=t
  t. ! queue ! frame-to-tensor ! fake-inference serviceMs=3 ! record name=results path=results.leat
  t. ! queue ! funnel name=f ! record path=first.leat
  video-test-source name=right width=32 height=16 frameRate=15 seed=9 live=true ! f.`;

describe('record and replay', () => {
  const at = temporaryFolder();

  /** Runs a graph on the simulated clock; gives how long it took and what came to each element. */
  const play = async (graph: OpenedGraph, buffers = 1000, seed = 1) => {
    const faults = { faults: [{ kind: 'jitter' as const, element: 'l*', maxMs: 9 }] };
    const isLive = Object.keys(graph.description.elements).includes('left');
    const run = await simulate(graph, { seed, buffers, ...(isLive ? { faults } : {}) }, { outputFolder: at() });
    assert.equal(run.broken, undefined);
    return run;
  };
  const again = (from: string, to: string, speed: number) => launched(`replay path=${at(from)} speed=${speed} ! record path=${to}`);
  const bytes = (name: string): Buffer => readFileSync(at(name));
  /** The records of a file without their times. */
  const records = (name: string): string[] => {
    const file = bytes(name);
    const found: string[] = [];
    for (let position = 8; position < file.length; ) {
      const length = file.readUInt32LE(position);
      const body = file.subarray(position + 8, position + 8 + length);
      const end = 4 + body.readUInt32LE(0);
      const { at: _, ...header } = JSON.parse(body.toString('utf8', 4, end)) as { at: number };
      found.push(`${JSON.stringify(header)} ${body.subarray(end).toString('base64')}`);
      position += 8 + length;
    }
    return found;
  };

  describe('data', () => {
    for (const [speed, how] of [
      [1, 'at its own speed'],
      [100, 'a hundred times as fast'],
      [0, 'as fast as it is taken'],
    ] as const) {
      it(`replays a live run of two cameras ${how}: the file that is recorded of it is the same, byte for byte`, async () => {
        await play(await launched(CAMERAS), 12);
        for (const name of ['first.leat', 'results.leat']) {
          for (const seed of [1, 2, 3]) {
            await play(await again(name, `again-${seed}.leat`, speed), 1000, seed);
            assert.ok(bytes(`again-${seed}.leat`).equals(bytes(name)), `${name}, seed ${seed}`);
          }
        }
        assert.ok(bytes('first.leat').length > 24 * 32 * 16 * 1.5);
      });
    }

    it('replays it in the time that it took, or in a hundredth of it', async () => {
      const run = await play(await launched(CAMERAS), 12);
      const slow = await play(await again('first.leat', 'second.leat', 1));
      const fast = await play(await again('first.leat', 'third.leat', 100));
      assert.ok(run.time > 500_000);
      assert.ok(Math.abs(fast.time - slow.time / 100) < 100, `${fast.time} and ${slow.time}`);
    });

    it('replays it by a clock whose timers are late, and the file that is recorded of it is the same all the same', async () => {
      await play(await launched(CAMERAS), 12);
      const graph = await launched(`replay path=${at('first.leat')} speed=50 ! queue ! record path=late.leat`);
      await createPipeline(graph, { outputFolder: at() }).run();
      assert.ok(bytes('late.leat').equals(bytes('first.leat')));
    });

    it('keeps of what elements behind a replay say when that before it came, so that it is the same at any speed', async () => {
      await play(await launched(CAMERAS), 12);
      for (const [name, speed] of Object.entries({ 'slow.leat': 1, 'fast.leat': 100, 'fastest.leat': 0 }))
        await play(await launched(`replay path=${at('first.leat')} speed=${speed} ! resample rate=100 maxGapMs=20 ! record path=${name}`));
      assert.ok(records('slow.leat').some((one) => one.startsWith('{"type":"gap"')));
      for (const name of ['fast.leat', 'fastest.leat']) assert.ok(bytes(name).equals(bytes('slow.leat')), name);
    });

    it('keeps tensors that lie in one slab', async () => {
      await play(await launched(CAMERAS), 12);
      await play(await again('results.leat', 'again.leat', 0));
      assert.deepEqual(records('again.leat'), records('results.leat'));
      assert.equal(records('results.leat').filter((line) => line.includes('$view')).length, 12);
    });

    it('keeps values that JSON has no words for', async () => {
      const value = { big: 12n, none: Number.NaN, floats: Float32Array.of(1.5, -2), list: [1, { deep: null }], text: 'ä' };
      const seen: unknown[] = [];
      const rich = filter('rich', (buffer) => buffer.derive({ value, meta: { note: 'm' } as object }));
      await play(await launched('fake-source media=test ! rich ! record path=rich.leat', [rich]), 2);
      const graph = await launched(`replay path=${at('rich.leat')} ! fake-sink`);
      const onBuffer = (_: string, __: string | undefined, buffer: StreamBuffer) => seen.push(buffer.value, buffer.meta);
      assert.equal((await simulate(graph, {}, { onBuffer })).broken, undefined);
      assert.deepEqual(seen, [value, { note: 'm', recordedAt: 0 }, value, { note: 'm', recordedAt: 0 }]);
    });

    it('keeps where each source begins and ends, and how its times are counted', async () => {
      await play(await launched(CAMERAS), 12);
      const kept = records('first.leat').map((line) => JSON.parse(line.slice(0, line.lastIndexOf(' '))) as Record<string, unknown>);
      const said = (type: string): unknown[] => kept.filter((one) => one['type'] === type).map(({ source }) => source);
      for (const type of ['stream-start', 'segment', 'source-end']) assert.deepEqual(said(type).sort(), ['left', 'right'], type);
      const [caps, ...rest] = kept.map(({ type }) => type);
      assert.deepEqual([caps, rest.at(-1)], ['caps', 'eos']);
    });

    it('gives what is behind it the same lines at any speed, in any order of steps', async () => {
      await play(await launched(CAMERAS), 12);
      const sum = tinyElement('sum', {
        pads: { sink: sinkPad(anyMedia()), src: srcPad(testMedia) },
        negotiate: { srcCaps: () => [testCaps] },
        create: ({ context: { arena } }) => ({
          transform: (buffer) => {
            const value = { crc: crc32(arena.bytes(buffer.slab.offset, buffer.bytes)) };
            return buffer.derive({ caps: testCaps, slabs: [], value });
          },
        }),
      });
      const lines: string[] = [];
      for (const [index, speed] of [1, 100, 0].entries()) {
        const graph = await launched(`replay path=${at('first.leat')} speed=${speed} ! sum ! queue ! json-lines-sink path=lines.jsonl`, [
          sum,
        ]);
        await play(graph, 1000, index + 1);
        lines.push(bytes('lines.jsonl').toString());
      }
      assert.equal(lines[0]!.trim().split('\n').length, 24);
      assert.equal(lines[1], lines[0]);
      assert.equal(lines[2], lines[0]);
    });

    it('keeps gaps', async () => {
      await play(await launched('fake-source durationMs=10 ! decimate every=3 ! record path=gaps.leat'), 7);
      await play(await again('gaps.leat', 'again.leat', 1));
      assert.ok(records('gaps.leat').filter((line) => line.includes('"gap"')).length >= 2);
      assert.ok(bytes('again.leat').equals(bytes('gaps.leat')));
    });

    it('keeps what gaps say of streams that travel as one, so that each ends where it did', async () => {
      const two = 'fake-source name=short count=2 durationMs=10 ! m.  fake-source name=long count=6 durationMs=10 ! m.';
      await play(await launched(`stream-mux name=m ! record path=parts.leat  ${two}`));
      const ends = records('parts.leat').filter((line) => line.includes('"isLast":true'));
      assert.deepEqual(
        ends.map((line) => /"stream":\d/.exec(line)?.[0]),
        ['"stream":0', '"stream":1'],
      );
      await play(await again('parts.leat', 'again.leat', 1));
      assert.ok(bytes('again.leat').equals(bytes('parts.leat')));
    });
  });

  describe('a recording of a process that was killed', () => {
    for (const [what, spoil] of [
      ['breaks off in a record', (file: string) => truncateSync(file, readFileSync(file).length - 140)],
      [
        'holds a byte that is wrong',
        (file: string) => {
          const all = readFileSync(file);
          all[all.length - 160]! ^= 1;
          writeFileSync(file, all);
        },
      ],
    ] as const) {
      it(`that ${what} is played up to there, with a warning`, async () => {
        await play(await launched('fake-source sizeBytes=64 ! record path=cut.leat'), 5);
        const whole = records('cut.leat');
        spoil(at('cut.leat'));
        const run = await play(await again('cut.leat', 'again.leat', 1));
        const played = records('again.leat');
        assert.ok(played.length >= 4 && played.length < whole.length);
        // What it played has an end of its own.
        assert.deepEqual(played.slice(0, -2), whole.slice(0, played.length - 2));
        assert.deepEqual(
          run.summary.warnings?.map(({ code }) => code),
          ['media/recording-damaged'],
        );
      });
    }
  });

  describe('bounds', () => {
    it('stops at the limit, says so, and lets the stream go on', async () => {
      const run = await play(await launched('fake-source sizeBytes=500 ! record path=full.leat maxBytes=4000'), 20);
      assert.ok(bytes('full.leat').length <= 4000);
      const kept = records('full.leat').filter((line) => line.includes('"buffer"')).length;
      assert.ok(kept >= 3 && kept < 8);
      assert.equal(run.summary.elements[1]!.handled, 20);
      assert.equal(run.summary.elements[1]!.notes['unrecorded'], 20 - kept);
      assert.equal(run.summary.warnings?.[0]?.code, 'media/recording-full');
    });
  });

  describe('errors', () => {
    it('of a file that is no recording', async () => {
      writeFileSync(at('text.leat'), 'something else');
      const { broken } = await simulate(await launched(`replay path=${at('text.leat')} ! fake-sink`), {});
      assert.match(broken!.message, /does not begin as a recording does/);
    });

    it('of values that are not plain', async () => {
      const odd = filter('odd', (buffer) => buffer.derive({ value: new Date(0) }));
      const graph = await launched('fake-source media=test ! odd ! record path=odd.leat', [odd]);
      const { broken } = await simulate(graph, {}, { outputFolder: at() });
      assert.match(broken!.message, /Cannot record Date/);
    });
  });
});
