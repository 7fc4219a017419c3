import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { anyMedia, sinkPad } from '../../../src/core/element/pad-template.ts';
import { stdinSource } from '../../../src/elements/sources/stdin-source.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import type { TextItem } from '../../../src/media/text/text-item.ts';
import { prepareLeat } from '../../cli/run-leat.ts';
import { pipedInput } from '../../support/piped-input.ts';
import { testPipeline, until } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

interface Seen {
  readonly pts: number;
  readonly duration: number | undefined;
  readonly item: TextItem | undefined;
  readonly bytes: Buffer;
  readonly corrupt: boolean;
}

const RGB = 'video/raw(format=RGB, width=5, height=3)';

const SINK = tinyElement('sink', { pads: { sink: sinkPad(anyMedia()) }, create: () => ({ render: () => {} }) });

describe('stdin-source', () => {
  const pipe = pipedInput();

  const reading = (props: Record<string, unknown> = {}, hold?: (count: number) => void | Promise<void>) => {
    const seen: Seen[] = [];
    const sink = tinyElement('taker', {
      pads: { sink: sinkPad(anyMedia()) },
      create: ({ context }) => ({
        render: ({ pts, duration, value, slabs, bytes, corrupt }) => {
          const [slab] = slabs;
          const copy = slab === undefined ? Buffer.alloc(0) : Buffer.from(context.arena.bytes(slab.offset, bytes));
          seen.push({ pts, duration, item: value as TextItem | undefined, bytes: copy, corrupt });
          return hold?.(seen.length);
        },
      }),
    });
    const test = testPipeline([stdinSource, sink], { elements: { 'stdin-source': { props } }, links: ['stdin-source ! taker'] });
    return { ...test, seen, texts: () => seen.map(({ item }) => item?.text) };
  };

  describe('data', () => {
    it('gives lines, however they come', async () => {
      const { pipeline, seen, assertClean } = reading({ fps: 4, maxLineBytes: 6 });
      const running = pipeline.run();
      for (const piece of ['o', 'ne\r', '\n\ntoo lo', 'ng\nl', 'ast']) {
        pipe().write(piece);
        await new Promise(setImmediate);
      }
      pipe().end();
      await running;
      assert.deepEqual(
        seen.map(({ pts, item }) => [pts, item]),
        [
          [0, { text: 'one', line: 1 }],
          [250_000, { text: '', line: 2 }],
          [500_000, { text: 'too lo', line: 3, isCut: true }],
          [750_000, { text: 'last', line: 4 }],
        ],
      );
      assertClean();
    });

    for (const [what, bytes] of [
      ['utf-8', Buffer.from('\ufeffä\nö')],
      ['utf-16le', Buffer.from('\ufeffä\nö', 'utf16le')],
      ['utf-16be', Buffer.from('\ufeffä\nö', 'utf16le').swap16()],
    ] as const) {
      it(`knows ${what} by its mark, which comes byte by byte`, async () => {
        const { pipeline, texts } = reading();
        const running = pipeline.run();
        for (const byte of bytes) {
          pipe().write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        pipe().end();
        await running;
        assert.deepEqual(texts(), ['ä', 'ö']);
      });
    }

    it('gives a line as soon as it has come', async () => {
      const { pipeline, texts } = reading();
      const running = pipeline.run();
      pipe().write('a\n');
      await until(() => texts().length === 1);
      pipe().write('b\n');
      await until(() => texts().length === 2);
      pipe().end();
      await running;
    });

    it('gives frames whose rows come packed, laid out as kernels want them', async () => {
      const frames = Buffer.from(Array.from({ length: 2 * 45 }, (_, i) => i));
      const { pipeline, seen, assertClean } = reading({ format: 'raw', caps: RGB, fps: 25 });
      const running = pipeline.run();
      for (let from = 0; from < frames.length; from += 7) pipe().write(frames.subarray(from, from + 7));
      pipe().end();
      await running;
      const { stride, rowBytes } = frameLayout('RGB', 5, 3).planes[0]!;
      assert.deepEqual(
        seen.map(({ pts, duration }) => [pts, duration]),
        [
          [0, 40_000],
          [40_000, 40_000],
        ],
      );
      for (const [index, { bytes }] of seen.entries()) {
        for (let row = 0; row < 3; row++) {
          const from = index * 45 + row * rowBytes;
          assert.deepEqual(bytes.subarray(row * stride, row * stride + rowBytes), frames.subarray(from, from + rowBytes));
        }
      }
      assertClean();
    });

    it('gives tensors, and pieces of anything else', async () => {
      for (const props of [
        { format: 'raw', caps: 'tensor(dtype=float32, shape=2×3)' },
        { format: 'raw', caps: 'point-cloud', bufferBytes: 24 },
      ]) {
        const input = reading(props);
        const running = input.pipeline.run();
        const numbers = Float32Array.from({ length: 12 }, (_, i) => i / 3);
        const bytes = Buffer.from(numbers.buffer);
        pipe().write(bytes.subarray(0, 30));
        await until(() => input.seen.length === 1);
        pipe().write(bytes.subarray(30));
        await until(() => input.seen.length === 2);
        input.pipeline.stop();
        await running;
        assert.deepEqual(Buffer.concat(input.seen.map((one) => one.bytes)), bytes);
        input.assertClean();
      }
    });
  });

  describe('timing', () => {
    it('gives the time of arrival of what is live', async () => {
      const { pipeline, clock, seen } = reading({ live: true });
      const running = pipeline.run();
      pipe().write('a\n');
      await until(() => seen.length === 1);
      clock.advanceBy(70_000);
      pipe().write('b\n');
      await until(() => seen.length === 2);
      pipe().end();
      await running;
      assert.deepEqual(
        seen.map(({ pts, duration }) => [pts, duration]),
        [
          [0, undefined],
          [70_000, undefined],
        ],
      );
    });
  });

  describe('backpressure', () => {
    it('has whoever writes wait while nothing is taken', async () => {
      let letGo: () => void = () => {};
      const { pipeline, seen } = reading({ format: 'raw', caps: 'tensor(dtype=uint8, shape=[1000])' }, (count) =>
        count === 2 ? new Promise<void>((resolve) => (letGo = resolve)) : undefined,
      );
      const running = pipeline.run();
      let written = 0;
      let isFull = false;
      while (!isFull) {
        isFull = !pipe().write(Buffer.alloc(1000));
        written++;
        if (seen.length < 2) await new Promise(setImmediate);
      }
      const full = pipe().writableLength + pipe().readableLength;
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      assert.equal(pipe().writableLength + pipe().readableLength, full, 'nothing is read meanwhile');
      assert.equal(seen.length, 2);
      letGo();
      pipe().end();
      await running;
      assert.equal(seen.length, written);
    });
  });

  describe('end, stop and abort', () => {
    it('ends a wait when it is stopped, and goes on where it was in the next run', async () => {
      const { pipeline, texts, assertClean } = reading();
      const first = pipeline.run();
      pipe().write('a\n');
      await until(() => texts().length === 1);
      pipeline.stop();
      await first;
      assertClean();
      assert.equal(pipe().listenerCount('readable'), 0);
      const second = pipeline.run();
      pipe().end('b\n');
      await second;
      assert.deepEqual(texts(), ['a', 'b']);
      assertClean();
    });

    it('gives back what it holds when it is aborted in the middle of a frame', async () => {
      const { pipeline, assertClean } = reading({ format: 'raw', caps: RGB });
      const running = pipeline.run();
      await pipeline.negotiate();
      pipe().write(Buffer.alloc(20));
      await until(() => pipe().readableLength === 0);
      pipeline.abort();
      await assert.rejects(running, { code: 'pipeline/aborted' });
      assertClean();
    });
  });

  describe('errors', () => {
    it('tells of data that breaks off, after the last whole buffer', async () => {
      const { pipeline, seen, assertClean } = reading({ format: 'raw', caps: RGB });
      const running = pipeline.run();
      pipe().end(Buffer.alloc(45 + 44));
      await assert.rejects(running, { code: 'media/truncated', message: /breaks off .* buffer 2/ });
      assert.equal(seen.length, 1);
      assertClean();
    });

    it('tells of a pipe that fails', async () => {
      const { pipeline, assertClean } = reading();
      const running = pipeline.run();
      await pipeline.negotiate();
      pipe().destroy(new Error('the cable is out'));
      await assert.rejects(running, { code: 'media/unreadable', message: /the cable is out/ });
      assertClean();
    });

    it('is one of its kind', async () => {
      const { pipeline } = testPipeline([stdinSource, SINK], {
        elements: { other: { type: 'stdin-source' }, rest: { type: 'sink' } },
        links: ['stdin-source ! sink', 'other ! rest'],
      });
      await assert.rejects(pipeline.run(), { code: 'media/input-taken', message: /(other|stdin-source) reads it already/ });
      pipe().on('data', () => {});
      await assert.rejects(reading().pipeline.run(), { code: 'media/input-taken' });
    });

    it('says what is missing, when checked and when run', async () => {
      const check = (props: Record<string, unknown>) =>
        (stdinSource.check!({ props: props as never, baseFolder: '.' }) as readonly { code: string; path: string }[]).map(
          ({ code, path }) => [code, path],
        );
      assert.deepEqual(check({ format: 'lines' }), []);
      assert.deepEqual(check({ format: 'raw', caps: RGB }), []);
      assert.deepEqual(check({ format: 'raw' }), [['graph/missing-property', '/props/caps']]);
      assert.deepEqual(check({ format: 'raw', caps: 'video/raw(format=RGB)' }), [['graph/missing-property', '/props/bufferBytes']]);
      assert.deepEqual(check({ format: 'raw', caps: 'video/raw(format={RGB, BGR}, width=5, height=3)' }), [
        ['graph/bad-caps', '/props/caps'],
      ]);
      assert.deepEqual(check({ format: 'raw', caps: 'point-cloud' }), [['graph/missing-property', '/props/bufferBytes']]);
      await assert.rejects(reading({ format: 'raw' }).pipeline.run(), { code: 'graph/missing-property' });
    });
  });
});

describe('stdin-source in the launcher', function () {
  this.timeout(60_000);
  before(prepareLeat);
  const root = fileURLToPath(new URL('../../..', import.meta.url));

  const launch = (graph: string) => {
    const child = spawn(process.execPath, [`${root}bin/leat.cjs`, 'run', '--quiet', graph], { cwd: root, stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    return { child, done: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })) };
  };

  it('reads what is piped into it to its end', async () => {
    const { child, done } = launch('stdin-source ! json-lines-sink path=-');
    child.stdin.end('one\ntwo\n');
    const { code, stdout, stderr } = await done;
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { value: TextItem }).value.text),
      ['one', 'two'],
    );
  });

  it('lets the program end though the pipe stays open', async () => {
    const { child, done } = launch('stdin-source ! json-lines-sink path=-');
    child.stdin.write('one\n');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { code } = await done;
    assert.notEqual(code, null, 'it has ended of itself');
  });
});
