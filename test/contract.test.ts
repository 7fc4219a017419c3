// What holds for every element that comes with Leat, whoever wrote it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { AnyElementDefinition } from '../src/core/element/define-element.ts';
import { AbortedError, formatIssue, type GraphError, type Issue } from '../src/core/errors.ts';
import { propsSchema } from '../src/core/graph/graph-schema.ts';
import type { OpenedGraph } from '../src/core/graph/open-graph.ts';
import { Registry } from '../src/core/graph/registry.ts';
import { builtinElements } from '../src/elements/builtin-elements.ts';
import { checkGraph, createPipeline } from '../src/load-graph.ts';
import { Arena } from '../src/memory/arena.ts';
import { assertConserved } from '../src/testing/assert-conserved.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { settled } from '../src/testing/settled.ts';
import { KeptBuffers } from './support/kept-buffers.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = new Map(readFiles(`${root}src/elements`).map((path) => [path.split('/').at(-1)!.replace('.ts', ''), path] as const));
/** What an example may lack: the reader's own files. */
const ABSENT = ['media/not-found', 'inference/model-not-found'];

function readFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((path) => (path.endsWith('.ts') ? [`${folder}/${path}`] : []));
}

async function openExample({ example }: AnyElementDefinition): Promise<{ issues: Issue[]; graph: OpenedGraph | undefined }> {
  // The standard output is the test runner's.
  return checkGraph({ launch: example.replaceAll('path=-', 'path=out/example.jsonl') }, { currentFolder: root });
}

describe('every element', () => {
  const output = temporaryFolder();

  it('has a name of its own', () => {
    const names = builtinElements.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.ok(names.length >= 20, `${names.length} elements`);
  });

  for (const definition of builtinElements) {
    const { name, klass, summary, example, pads, props } = definition;

    describe(name, function () {
      this.timeout(30_000);

      it('is in the file of its name, which begins by saying what it is', () => {
        const file = files.get(name);
        assert.ok(file !== undefined, `there is no src/elements/*/${name}.ts`);
        assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        assert.match(readFileSync(file, 'utf8'), /^\/\/ [A-Z].*[.:]?\n/, 'an essay stands at the top');
      });

      it('says what kind it is and what it does in one sentence', () => {
        assert.match(klass, /^[A-Z][A-Za-z0-9]*(\/[A-Z0-9][A-Za-z0-9]*)*$/);
        assert.match(summary, /^[A-Z][^\n]*[^.\s]\.$/);
        assert.ok(summary.length <= 110, `the summary has ${summary.length} characters`);
      });

      it('has pads of valid names and directions', () => {
        assert.ok(Object.keys(pads).length > 0);
        for (const [pad, { direction, presence, media }] of Object.entries(pads)) {
          assert.match(pad, presence === 'request' ? /^[a-z][A-Za-z]*_%u$/ : /^[a-z][A-Za-z0-9_]*$/, pad);
          assert.ok(['sink', 'src'].includes(direction) && media.name !== '', pad);
          assert.ok(media.caps === 'any' || media.caps.length > 0, `${pad} takes nothing`);
        }
      });

      it('describes every property, and every part of one', () => {
        const undescribed = withoutDescription(propsSchema(definition));
        assert.deepEqual(undescribed, []);
      });

      it('refuses properties that it does not have, and suggests the nearest that it has', async () => {
        const [first] = Object.keys(props.shape);
        const unknown = first === undefined ? 'nonsense' : `${first}x`;
        assert.ok(!(props as z.ZodObject).safeParse({ [unknown]: 1 }).success);
        const { issues } = await checkGraph({ description: { elements: { it: { type: name, props: { [unknown]: 1 } } }, links: [] } });
        const issue = issues.find(({ code }) => code === 'graph/unknown-property');
        assert.equal(issue?.path, `/elements/it/props/${unknown}`);
        if (first !== undefined) assert.match(issue.hint ?? issue.message, new RegExp(`did you mean ${first}\\b`));
      });

      it('has a page of documentation', () => {
        const page = `${root}docs/elements/${name}.md`;
        assert.ok(existsSync(page), 'run npm run generate');
        const text = readFileSync(page, 'utf8');
        for (const word of [summary, ...Object.keys(pads), ...Object.keys(props.shape)]) assert.ok(text.includes(word), word);
      });

      it('has an example that is right but for files of the reader', async () => {
        assert.match(example, new RegExp(`(^|[\\s!])${name}(\\s|$)`));
        const { issues } = await openExample(definition);
        assert.deepEqual(issues.filter(({ code }) => !ABSENT.includes(code)).map(formatIssue), []);
      });

      it('says how long it takes, at least no less than nothing and no more than at most', async () => {
        const { graph } = await openExample(definition);
        const own = Object.values(graph!.description.elements).filter(({ type }) => type === name);
        for (const { props: written } of own) {
          const parsed = props.safeParse(written ?? {});
          const latency = parsed.success ? definition.latency?.(parsed.data as never, { isLive: true, maxBatch: 4 }) : undefined;
          if (latency === undefined) continue;
          assert.ok(latency.min >= 0 && (latency.max === undefined || latency.max >= latency.min), JSON.stringify(latency));
        }
      });

      it('opens, closes, runs and stops any number of times, and leaves nothing behind', async function () {
        const { issues, graph } = await openExample(definition);
        if (issues.length > 0) this.skip();
        mkdirSync(output('out'));
        const arena = Arena.create({ maximumBytes: 2 ** 30 });
        const clock = new ManualClock(1_000_000);
        const kept = new KeptBuffers();
        const registry = new Registry().add(
          typesIn(graph!).map((type) => kept.watched(graph!.registry.get(type)!)),
          'watched',
        );
        const pipeline = createPipeline({ ...graph!, registry }, { arena, clock, outputFolder: output() });
        kept.follow(pipeline.elements);
        const faults: string[] = [];
        pipeline.bus.on('warning', ({ code, text }) => code.startsWith('element/') && faults.push(text));
        try {
          for (let turn = 0; turn < 2; turn++) {
            await pipeline.negotiate();
            await pipeline.close();
            assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back after opening and closing');
            const run = pipeline.run();
            await pipeline.negotiate();
            await settled(20);
            // Who waits for the program would wait for ever.
            if (definition.needsMainThread === undefined) {
              pipeline.stop();
              assertConserved(await passing(clock, run));
            } else {
              pipeline.abort();
              await assert.rejects(run, AbortedError);
            }
            assertConserved(pipeline.summary());
            assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back after a run');
          }
        } catch (error) {
          // Some elements stand on optional packages and system libraries.
          if (isMissingLibrary(error)) this.skip();
          throw error;
        }
        assert.deepEqual(faults, []);
        assert.deepEqual([...kept.uncounted], [], 'what an element keeps beyond its hooks is in flight: it has to say that it holdsBack');
      });
    });
  }
});

function typesIn({ description }: OpenedGraph): string[] {
  return [...new Set(Object.values(description.elements).map(({ type }) => type))];
}

/** Lets time pass until something has come to its end: who keeps to the clock waits for it. */
async function passing<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  // What is further off is a deadline for work that goes on beside the clock, in threads.
  const isSoon = (time: number | undefined): time is number => time !== undefined && time - clock.now() < 1e6;
  for (await settled(); !isDone; await settled(2)) if (isSoon(clock.next)) clock.advanceTo(clock.next);
  return work;
}

function isMissingLibrary(error: unknown): boolean {
  const codes = [(error as { code?: string }).code, ...((error as GraphError).issues ?? []).map(({ code }) => code)];
  return codes.some((code) => code === 'media/no-backend' || code?.endsWith('/library-missing'));
}

/** The pointers of properties that say nothing about themselves. */
function withoutDescription(schema: unknown, path = ''): string[] {
  const {
    properties = {},
    items,
    anyOf = [],
  } = Object(schema) as {
    properties?: Record<string, { description?: string }>;
    items?: unknown;
    anyOf?: unknown[];
  };
  const own = Object.entries(properties).flatMap(([name, property]) => [
    ...(/^[A-Z`].*[^\s]$/s.test(property.description ?? '') ? [] : [`${path}/${name}`]),
    ...withoutDescription(property, `${path}/${name}`),
  ]);
  return [...own, ...withoutItems(items, path), ...anyOf.flatMap((one) => withoutDescription(one, path))];
}

function withoutItems(items: unknown, path: string): string[] {
  return items === undefined ? [] : withoutDescription(items, `${path}/0`);
}
