import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, srcPad } from '../../../src/core/element/pad-template.ts';
import { graph } from '../../../src/core/graph/graph-builder.ts';
import { openGraph } from '../../../src/core/graph/open-graph.ts';
import { Registry } from '../../../src/core/graph/registry.ts';
import { Pipeline } from '../../../src/core/pipeline/pipeline.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { funnel } from '../../../src/elements/flow/funnel.ts';
import { tee } from '../../../src/elements/flow/tee.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ThreadBudget } from '../../../src/threads/thread-budget.ts';
import { probe, type Seen, stepsOf } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, FILTER_PADS, tinyElement } from '../../support/tiny-element.ts';

/** Splits a stream into what is there of it: always video, audio when `hasAudio`. */
function demux(hasAudio: boolean): AnyElementDefinition {
  return tinyElement('demux', {
    pads: {
      ...FILTER_PADS,
      src: srcPad(anyMedia()),
      audio: srcPad(anyMedia(), { presence: 'sometimes' }),
      'text_%u': srcPad(anyMedia(), { presence: 'sometimes' }),
    },
    open: () => ({ hasAudio }),
    negotiate: {
      srcCaps: ({ pad, resource }) =>
        pad === 'src' || (pad === 'audio' && (resource as { hasAudio: boolean } | undefined)?.hasAudio !== false) ? caps('test') : [],
    },
    create: ({ context }) => ({
      chain: {
        sink: (buffer) => {
          if (hasAudio) void context.push('audio', buffer.retain());
          return context.push('src', buffer.retain());
        },
      },
    }),
  });
}

describe('pads that are there sometimes', () => {
  const run = async (hasAudio: boolean, links: string[], names = ['video', 'sound']) => {
    const seen: Seen[][] = names.map(() => []);
    const test = testPipeline(
      [countingSource('source', { count: 3, slabBytes: 64 }), demux(hasAudio), ...names.map((name, index) => probe(name, seen[index]!))],
      { links: ['source ! demux', 'demux.src ! video', ...links] },
    );
    await test.pipeline.run();
    test.assertClean();
    return { seen: seen.map(stepsOf), ...test };
  };

  it('carry their stream when it is there', async () => {
    const { seen } = await run(true, ['demux.audio ! sound']);
    assert.deepEqual(seen, [
      ['0', '1', '2'],
      ['0', '1', '2'],
    ]);
  });

  it('end what is linked to them when it is not', async () => {
    const { seen, heard } = await run(false, ['demux.audio ! sound']);
    assert.deepEqual(seen, [['0', '1', '2'], []]);
    assert.deepEqual(
      heard('info').map(({ code, text }) => [code, text]),
      [['element/no-stream', 'demux has no stream for demux.audio; what is linked to it ends at once']],
    );
    assert.deepEqual(
      heard('eos')
        .map(({ element }) => element)
        .sort(),
      ['sound', 'video'],
    );
  });

  it('may stay unlinked, and then lose what is pushed into them', async () => {
    const { seen } = await run(true, [], ['video']);
    assert.deepEqual(seen, [['0', '1', '2']]);
  });

  it('may be several of one template', async () => {
    const { seen } = await run(true, ['demux.audio ! sound', 'demux.text_1 ! words'], ['video', 'sound', 'words']);
    assert.deepEqual(seen[2], []);
  });

  it('are there in sources, too', async () => {
    const camera = tinyElement('camera', {
      pads: { src: srcPad(anyMedia()), depth: srcPad(anyMedia(), { presence: 'sometimes' }) },
      negotiate: { srcCaps: ({ pad }) => (pad === 'src' ? caps('test') : []) },
      create: () => {
        let made = 0;
        return { produce: () => (made++ < 2 ? new StreamBuffer({ caps: { media: 'test', fields: {} }, pts: made }) : undefined) };
      },
    });
    const seen: Seen[] = [];
    const { pipeline, assertClean } = testPipeline([camera, probe('one', seen), probe('two', [])], {
      links: ['camera.src ! one', 'camera.depth ! two'],
    });
    await pipeline.run();
    assert.equal(seen.length, 2);
    assertClean();
  });
});

describe('pads by presence', () => {
  const registry = (): Registry =>
    new Registry().add([countingSource('source', { count: 2 }), demux(true), tee, funnel, probe('probe', seen)], 'test');
  let seen: Seen[] = [];
  beforeEach(() => {
    seen = [];
  });

  const play = async (source: Parameters<typeof openGraph>[0]): Promise<number> => {
    const { graph: opened, issues } = await openGraph(source, { registry: registry() });
    assert.deepEqual(issues, []);
    const pipeline = new Pipeline(opened!.description, {
      registry: opened!.registry,
      arena: Arena.create({ maximumBytes: 2 ** 20 }),
      budget: new ThreadBudget(2),
      clock: new ManualClock(),
    });
    await pipeline.run();
    return seen.length;
  };

  it('are linked in graph files, whether they are named or made on request', async () => {
    const elements = Object.fromEntries([['source'], ['tee'], ['demux'], ['funnel'], ['probe']].map(([name]) => [name, { type: name! }]));
    const links = [
      'source ! tee',
      'tee ! demux',
      'tee.src_7 ! funnel.sink_3',
      'demux.src ! funnel',
      'demux.audio ! funnel',
      'funnel ! probe',
    ];
    assert.equal(await play({ description: { elements, links } }), 6);
  });

  it('are linked in launch strings', async () => {
    const launch = 'source ! tee name=t  t. ! demux name=d  t.src_7 ! f.sink_3  d.src ! f.  d.audio ! f.  funnel name=f ! probe';
    assert.equal(await play({ launch }), 6);
  });

  it('are linked in TypeScript', async () => {
    const g = graph();
    const t = g.add(tee);
    const f = g.add(funnel);
    const d = g.add(demux(true) as never) as unknown as { pads: { sink: never; src: never; audio: never } };
    (g.add(countingSource('source', { count: 2 }) as never) as ReturnType<typeof g.add>).to(t as never);
    g.link(t.pads['src_%u'], d.pads.sink);
    g.link(t.pads['src_%u'], f.pads['sink_%u']);
    g.link(d.pads.src, f.pads['sink_%u'] as never);
    g.link(d.pads.audio, f.pads['sink_%u'] as never);
    f.to(g.add(probe('probe', seen) as never) as never);
    assert.equal(await play({ description: g.description }), 6);
  });

  it('are complained of by name when there is none like it', async () => {
    const { graph: opened } = await openGraph({ launch: 'source ! demux name=d  d.adio ! probe' }, { registry: registry() });
    assert.throws(
      () => new Pipeline(opened!.description, { registry: opened!.registry, arena: Arena.create(), budget: new ThreadBudget(1) }),
      /no src pad named adio; did you mean d.audio\?/,
    );
  });
});
