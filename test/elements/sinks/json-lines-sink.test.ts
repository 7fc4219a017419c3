import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { BufferInit } from '../../../src/core/stream/buffer.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { jsonLinesSink } from '../../../src/elements/sinks/json-lines-sink.ts';
import { classificationRecord } from '../../../src/media/detection/classification-record.ts';
import { detectionRecord } from '../../../src/media/detection/detection-record.ts';
import { scriptedSource } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

const value = (media: string) => ({ media, fields: {} });

describe('json-lines-sink', () => {
  const at = temporaryFolder();

  const writing = (script: readonly Partial<BufferInit>[], props: Record<string, unknown> = {}, media = 'text') =>
    testPipeline([scriptedSource('source', script, { caps: value(media) }), jsonLinesSink], {
      elements: { 'json-lines-sink': { props: { path: at('out.jsonl'), ...props } } },
      links: ['source ! json-lines-sink'],
    });
  const lines = (name = 'out.jsonl'): unknown[] =>
    readFileSync(at(name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  describe('data', () => {
    it('writes a record of every set of detections that fits its schema', async () => {
      const items = [
        { box: [1.23456, 2, 3.999, 4], score: 0.123456, classId: 2, label: 'circle' },
        { box: [0, 0, 8, 8], score: 1, classId: 0, label: 'square', id: 7 },
      ];
      const sets = [{ value: { width: 640, height: 480, items } }, { epoch: 1, value: { width: 640, height: 480, items: [] } }];
      const { pipeline, assertClean } = writing(sets, {}, 'detections');
      await pipeline.run();
      assert.deepEqual(lines(), [
        {
          version: 1,
          source: 'source',
          epoch: 0,
          frame: 0,
          ptsUs: 0,
          width: 640,
          height: 480,
          detections: [
            { box: [1.23, 2, 4, 4], score: 0.1235, classId: 2, label: 'circle' },
            { box: [0, 0, 8, 8], score: 1, classId: 0, label: 'square', id: 7 },
          ],
        },
        { version: 1, source: 'source', epoch: 1, frame: 1, ptsUs: 10_000, width: 640, height: 480, detections: [] },
      ]);
      for (const line of lines()) detectionRecord.parse(line);
      assertClean();
    });

    it('writes a record of every set of classifications that fits its schema', async () => {
      const items = [{ classId: 3, label: 'cat', score: 0.98765 }];
      const { pipeline } = writing([{ value: { items } }], {}, 'classifications');
      await pipeline.run();
      const expected = { version: 1, source: 'source', epoch: 0, frame: 0, ptsUs: 0 };
      assert.deepEqual(lines(), [{ ...expected, classifications: [{ score: 0.9877, classId: 3, label: 'cat' }] }]);
      for (const line of lines()) classificationRecord.parse(line);
    });

    it('writes the value of any other media', async () => {
      const { pipeline } = writing([
        { value: 'hello\nworld' },
        { value: { scores: Float32Array.of(0.5, 1), big: 3n, nothing: undefined } },
        {},
      ]);
      await pipeline.run();
      assert.deepEqual(lines(), [
        { version: 1, source: 'source', epoch: 0, frame: 0, ptsUs: 0, value: 'hello\nworld' },
        { version: 1, source: 'source', epoch: 0, frame: 1, ptsUs: 10_000, value: { scores: [0.5, 1], big: 3 } },
        { version: 1, source: 'source', epoch: 0, frame: 2, ptsUs: 20_000, value: null },
      ]);
    });

    it('goes on in the same file after a change of caps', async () => {
      const { pipeline } = writing([{ value: 1 }, { value: 2, caps: { media: 'text', fields: { lang: 'en' } } }]);
      await pipeline.run();
      assert.deepEqual(
        lines().map((line) => (line as { value: unknown }).value),
        [1, 2],
      );
    });

    it('makes the folders it needs, empties the file, or adds to it', async () => {
      const path = at('deep', 'down', 'out.jsonl');
      for (const [append, count] of [
        [false, 1],
        [true, 2],
        [false, 1],
      ] as const) {
        await writing([{ value: 1 }], { path, append }).pipeline.run();
        assert.equal(lines('deep/down/out.jsonl').length, count);
      }
    });
  });

  describe('eos and flush', () => {
    it('leaves what was written readable when the graph fails', async () => {
      const fails = filter('fails', (buffer) => {
        if (buffer.sequence === 5) throw new Error('enough');
        return buffer;
      });
      const script = Array.from({ length: 10 }, (_, index) => ({ value: index }));
      const { pipeline } = testPipeline([scriptedSource('source', script), fails, jsonLinesSink], {
        elements: { 'json-lines-sink': { props: { path: at('out.jsonl') } } },
        links: ['source ! fails ! json-lines-sink'],
      });
      await assert.rejects(pipeline.run(), /enough/);
      assert.deepEqual(
        lines().map((line) => (line as { value: unknown }).value),
        [0, 1, 2, 3, 4],
      );
    });

    it('writes an empty file for an empty stream', async () => {
      await writing([]).pipeline.run();
      assert.deepEqual(lines(), []);
    });
  });

  describe('errors', () => {
    const fails = async (code: string, message: RegExp, props: Record<string, unknown> = {}, media = 'text') => {
      const { pipeline, assertClean } = writing([{ value: 1 }], props, media);
      await assert.rejects(pipeline.run(), { code, element: 'json-lines-sink', message });
      assertClean();
    };

    it('says that the folder is missing where it may not make it', async () => {
      await fails('media/folder-missing', /Cannot write .*: its folder does not exist/, { path: at('no', 'out.jsonl'), mkdir: false });
    });

    it('says that a file stands where a folder should', async () => {
      writeFileSync(at('file'), '');
      await fails('media/folder-missing', /part of its path is a file/, { path: at('file', 'out.jsonl') });
    });

    it('says that a folder stands where the file should', async () => {
      mkdirSync(at('out.jsonl'));
      await fails('media/is-folder', /it is a folder/);
    });

    it('says that it may not write there', async function () {
      if (process.getuid?.() === 0) return this.skip();
      mkdirSync(at('locked'));
      chmodSync(at('locked'), 0o500);
      await fails('media/permission-denied', /may not write/, { path: at('locked', 'out.jsonl') });
    });

    it('says that the disk is full', async function () {
      if (!existsSync('/dev/full')) return this.skip();
      await fails('media/disk-full', /there is no space left/, { path: '/dev/full' });
    });

    it('refuses media without values, and leaves the file alone', async () => {
      writeFileSync(at('out.jsonl'), 'old');
      await fails('media/no-value', /Cannot write video\/raw as JSON Lines/, {}, 'video/raw');
      assert.equal(readFileSync(at('out.jsonl'), 'utf8'), 'old');
    });

    it('refuses to write where another writes, or what another reads', async () => {
      const second = { ...jsonLinesSink, name: 'second' };
      const { pipeline } = testPipeline([scriptedSource('source', []), tee, jsonLinesSink, second], {
        elements: { 'json-lines-sink': { props: { path: at('out.jsonl') } }, second: { props: { path: at('.', 'out.jsonl') } } },
        links: ['source ! tee ! json-lines-sink', 'tee ! second'],
      });
      await assert.rejects(pipeline.run(), { code: 'media/same-file' });
      writeFileSync(at('in'), 'precious');
      const reader = {
        ...scriptedSource('reader', []),
        open: ({ context }: { context: { reads(path: string): void } }) => context.reads(at('in')),
      };
      const other = testPipeline([reader as never, jsonLinesSink], {
        elements: { 'json-lines-sink': { props: { path: at('in') } } },
        links: ['reader ! json-lines-sink'],
      });
      await assert.rejects(other.pipeline.run(), { code: 'media/same-file', element: 'reader' });
      assert.equal(readFileSync(at('in'), 'utf8'), 'precious');
    });
  });
});
