import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { BufferInit } from '../../../src/core/stream/buffer.ts';
import { reportSink } from '../../../src/elements/sinks/report-sink.ts';
import { frameLayout } from '../../../src/media/frame-layout.ts';
import { assertSelfContained, jpegSize, type Page, readPage } from '../../report/read-page.ts';
import { scriptedSource } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { filter } from '../../support/tiny-element.ts';

const size = (width: number, height: number) => ({ media: 'video/raw', fields: { format: 'I420', width, height } });
const small = size(64, 48);
const found = { media: 'detections', fields: {} };

const sets = (count: number, items: (frame: number) => readonly unknown[], more: Partial<BufferInit> = {}): Partial<BufferInit>[] =>
  Array.from({ length: count }, (_, frame) => ({ source: 'camera', value: { width: 64, height: 48, items: items(frame) }, ...more }));
const frames = (count: number, more: Partial<BufferInit> = {}): Partial<BufferInit>[] =>
  Array.from({ length: count }, () => ({ source: 'camera', ...more }));
const cat = { box: [8, 8, 24, 24], score: 0.75, classId: 3, label: 'cat' };

interface Run {
  readonly video?: readonly Partial<BufferInit>[];
  readonly detections?: readonly Partial<BufferInit>[];
  readonly caps?: typeof small;
  readonly props?: Record<string, unknown>;
}

describe('report-sink', () => {
  const at = temporaryFolder();

  const graphOf = ({ video, detections, caps = small, props = {} }: Run) => {
    const { width, height } = caps.fields;
    const camera = scriptedSource('camera', video ?? [], { caps, slabBytes: frameLayout('I420', width, height).bytes });
    const finder = scriptedSource('finder', detections ?? [], { caps: found });
    return testPipeline([...(video ? [camera] : []), ...(detections ? [finder] : []), reportSink], {
      description: 'Cats & dogs',
      elements: { 'report-sink': { props: { path: at('report.html'), ...props } } },
      links: [...(video ? ['camera ! report-sink.video'] : []), ...(detections ? ['finder ! report-sink.detections'] : [])],
    });
  };
  const html = (): string => readFileSync(at('report.html'), 'utf8');
  const report = async (run: Run): Promise<Page> => {
    const { pipeline, assertClean } = graphOf(run);
    await pipeline.run();
    assertClean();
    assertSelfContained(html());
    assert.deepEqual(readdirSync(at()), ['report.html']);
    return readPage(html());
  };

  describe('data', () => {
    it('shows the numbers of the summary', async () => {
      const { pipeline } = graphOf({ video: frames(30), detections: sets(30, (frame) => (frame < 10 ? [cat, cat] : [])) });
      const { elements } = await pipeline.run();
      const { rows, text } = readPage(html());
      for (const { name, type, handled } of elements) {
        const row = rows.find(([cell]) => cell === `${name} ${type}`);
        assert.equal(row?.[1], String(handled), name);
      }
      assert.deepEqual(
        rows.find(([cell]) => cell === 'cat'),
        ['cat', '20', '10 (33 %)', '2', '0.75'],
      );
      assert.match(text, /Frames 30 300 ms of stream/);
      assert.match(text, /Objects 20 0\.667 a frame/);
      const { highWater, maxBuffers } = elements.find(({ name }) => name === 'report-sink')!.queues[0]!;
      assert.deepEqual(rows.find(([cell]) => cell === 'report-sink.video')?.slice(1, 3), [String(highWater), String(maxBuffers)]);
    });

    it('says of each of several streams what it gave, what arrived and how fast', async () => {
      const from = (source: string, count: number) =>
        sets(count, () => [cat]).map((one, index) => ({ ...one, source, pts: index * 20_000, duration: 20_000 }));
      const { rows } = await report({ detections: [...from('yard', 10), ...from('door & gate', 4)] });
      const [yard, gate] = ['yard', 'door & gate'].map((name) => rows.find(([cell]) => cell === name)!);
      // No elements are named so: what they gave is not known.
      assert.deepEqual(yard!.slice(1, 7), ['–', '0', '10', '', '50.0', '200 ms']);
      assert.deepEqual(gate!.slice(1, 7), ['–', '0', '4', '', '50.0', '80.0 ms']);
      assert.deepEqual([yard!.at(-1), gate!.at(-1)], ['10', '4']);
    });

    it('has no table of streams where there is one', async () => {
      assert.doesNotMatch((await report({ detections: sets(3, () => [cat]) })).text, /What each stream gave/);
    });

    it("is headed by the graph's description, or by a title", async () => {
      assert.match((await report({ detections: sets(1, () => []) })).text, /Run report Cats & dogs/);
      assert.match((await report({ detections: sets(1, () => []), props: { title: 'Night shift' } })).text, /Run report Night shift/);
    });

    it('shows pictures with the boxes drawn over them', async () => {
      const { jpegs, attributes, text } = await report({ video: frames(3), detections: sets(3, () => [cat]) });
      assert.deepEqual(jpegs.map(jpegSize), [
        [64, 48],
        [64, 48],
        [64, 48],
      ]);
      assert.equal(attributes.filter(([name, value]) => name === 'x' && value === '8').length >= 3, true);
      assert.match(text, /cat 0\.75/);
      assert.match(text, /0:00\.0 1 object/);
    });

    it('makes large frames small, and goes on after a change of size', async () => {
      const large = size(1280, 720);
      const bytes = frameLayout('I420', 1280, 720).bytes;
      const camera = scriptedSource('camera', [{}, { caps: size(1280, 960) }], { caps: large, slabBytes: 2 * bytes });
      const { pipeline, assertClean } = testPipeline([camera, reportSink], {
        elements: { 'report-sink': { props: { path: at('report.html') } } },
        links: ['camera ! report-sink.video'],
      });
      await pipeline.run();
      assertClean();
      assert.deepEqual(readPage(html()).jpegs.map(jpegSize), [
        [512, 288],
        [512, 384],
      ]);
    });

    it('escapes labels and names', async () => {
      const evil = '</text><script>alert("1")</script>';
      const items = [{ ...cat, label: evil }];
      const { text } = await report({
        video: frames(2, { source: '"><img src=x onerror=alert(1)>' }),
        detections: sets(2, () => items, { source: '"><img src=x onerror=alert(1)>' }),
        props: { title: '<b>bold</b>' },
      });
      assert.ok(text.includes(evil) && text.includes('"><img src=x onerror=alert(1)>') && text.includes('<b>bold</b>'));
    });

    it('tells of what was dropped, noted and survived', async () => {
      const noting = filter(
        'noting',
        (buffer) => {
          if (buffer.sequence === 1) throw new Error('cannot stand the second');
          return buffer;
        },
        {
          pads: { sink: reportSink.pads.detections, src: { ...reportSink.pads.detections, direction: 'src' } } as never,
          open: ({ context }) => context.post('provider', 'cpu (cuda: none here)'),
        },
      );
      const { pipeline } = testPipeline(
        [
          scriptedSource(
            'finder',
            sets(3, () => [cat]),
            { caps: found },
          ),
          noting,
          reportSink,
        ],
        {
          elements: { noting: { onError: 'skip' }, 'report-sink': { props: { path: at('report.html') } } },
          links: ['finder ! noting ! report-sink.detections'],
        },
      );
      await pipeline.run();
      const { text, rows } = readPage(html());
      assert.match(text, /Warnings noting: cannot stand the second element\/failed/);
      assert.match(text, /Ran on cpu noting/);
      assert.match(text, /noting: provider cpu \(cuda: none here\)/);
      assert.deepEqual(
        rows.find(([name, cause]) => name === 'noting' && cause === 'quarantined'),
        ['noting', 'quarantined', '1'],
      );
    });
  });

  describe('what may be missing', () => {
    it('writes a page without detections', async () => {
      const { text, jpegs } = await report({ video: frames(20) });
      assert.doesNotMatch(text, /What was found|Objects/);
      assert.ok(jpegs.length >= 8);
    });

    it('writes a page without video', async () => {
      const { text, jpegs } = await report({ detections: sets(20, () => [cat]) });
      assert.match(text, /What was found/);
      assert.doesNotMatch(text, /A click shows one large/);
      assert.equal(jpegs.length, 0);
    });

    it('writes a page about a run in which nothing came', async () => {
      const { text } = await report({ video: [], detections: [] });
      assert.match(text, /Frames 0/);
      assert.match(text, /Nothing was found in any frame/);
      assert.match(text, /There are no pictures of this run/);
    });

    it('writes a page about frames in which nothing was found', async () => {
      assert.match((await report({ video: frames(3), detections: sets(3, () => []) })).text, /Objects 0 0 a frame .*Nothing was found/);
    });
  });

  describe('without the package that encodes pictures', () => {
    it('warns, and writes a page without pictures', function () {
      this.timeout(30_000);
      const hide = `export const resolve = (name, context, next) => name === 'sharp'
        ? Promise.reject(Object.assign(new Error("Cannot find package 'sharp'"), { code: 'ERR_MODULE_NOT_FOUND' })) : next(name, context);`;
      const module = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
      const hook = module(`import { register } from 'node:module'; register(${JSON.stringify(module(hide))});`);
      const graph = `video-test-source count=3 ! r.video  report-sink name=r path=${at('report.html')}`;
      const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--import', hook, 'src/cli/main.ts', 'run', graph], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      assert.match(stderr, /sharp is not installed; run npm install sharp; the report has no pictures/);
      assert.match(readPage(html()).text, /There are no pictures of this run/);
    });
  });

  describe('memory', () => {
    it('stays small over 10 000 frames', async function () {
      this.timeout(30_000);
      const { pipeline, arena, assertClean } = graphOf({
        video: frames(10_000),
        detections: sets(10_000, (frame) =>
          Array.from({ length: frame % 9 }, (_, index) => ({ ...cat, label: `class ${(frame + index) % 500}` })),
        ),
      });
      await pipeline.run();
      assertClean();
      // 34 small pictures, and what sits in the queue and under way.
      assert.ok(arena.statistics.slabsMade < 34 + 16 + 16, `${arena.statistics.slabsMade} slabs`);
      assert.ok(html().length < 400_000, `${html().length} characters`);
      assert.match(readPage(html()).text, /Frames 10 000/);
    });
  });

  describe('errors', () => {
    it('leaves what was there when the graph fails, and no half file', async () => {
      writeFileSync(at('report.html'), 'old');
      const { pipeline, assertClean } = graphOf({
        video: frames(10),
        detections: sets(10, (frame) => (frame === 5 ? (undefined as never) : [cat])),
      });
      await assert.rejects(pipeline.run(), { element: 'report-sink' });
      assert.equal(html(), 'old');
      assert.deepEqual(readdirSync(at()), ['report.html']);
      assertClean();
    });

    it('leaves nothing when the run is aborted', async () => {
      const { pipeline, assertClean } = graphOf({ video: frames(1000) });
      const running = pipeline.run();
      await pipeline.negotiate();
      pipeline.abort();
      await assert.rejects(running, { code: 'pipeline/aborted' });
      assert.deepEqual(readdirSync(at()), []);
      assertClean();
    });

    it('makes the folders it needs', async () => {
      const path = at('deep', 'down', 'report.html');
      await graphOf({ video: frames(1), props: { path } }).pipeline.run();
      assert.ok(existsSync(path));
    });

    it('says before it runs that it cannot write', async () => {
      writeFileSync(at('file'), '');
      const { pipeline } = graphOf({ video: frames(1), props: { path: at('file', 'report.html') } });
      await assert.rejects(pipeline.negotiate(), { code: 'media/folder-missing', message: /part of its path is a file/ });
    });

    it('says that a folder stands where the file should', async () => {
      mkdirSync(at('report.html'));
      const { pipeline } = graphOf({ video: frames(1) });
      await assert.rejects(pipeline.run(), { code: 'media/is-folder', element: 'report-sink' });
      assert.deepEqual(readdirSync(at()), ['report.html']);
    });
  });
});
