import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type Caps, caps, type FixedCaps } from '../../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { streamDemux } from '../../../src/elements/flow/stream-demux.ts';
import { streamMux } from '../../../src/elements/flow/stream-mux.ts';
import { onnxInference } from '../../../src/elements/inference/onnx-inference.ts';
import { tensor, tensors } from '../../../src/media/media-types.ts';
import type { TensorSet } from '../../../src/media/tensor/tensor-set.ts';
import { tensor as constant, model, node, valueInfo } from '../../../src/onnx/build-model.ts';
import type { Model } from '../../../src/onnx/model.ts';
import { writeModel } from '../../../src/onnx/write-model.ts';
import { loopModel, references, smallModels } from '../../inference/small-models.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { settled, type TestPipeline, testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

type Row = readonly number[];

/** A source of tensors, one row each, as the model asks for them. */
function rowSource(rows: readonly Row[], wish: Caps = caps('tensor', { dtype: 'float32', shape: [4] })): AnyElementDefinition {
  return tinyElement('rows', {
    pads: { src: srcPad(tensor()) },
    negotiate: { srcCaps: () => wish },
    create: ({ context: { arena }, caps: { src } }) => {
      let index = 0;
      return {
        produce: () => {
          const row = rows[index];
          if (row === undefined) return undefined;
          const slab = arena.allocate(row.length * 4);
          arena.view('float32', slab.offset, row.length).set(row);
          return new StreamBuffer({ caps: src!, pts: index++ * 10_000, duration: 10_000, slabs: [slab], bytes: row.length * 4 });
        },
      };
    },
  });
}

interface Result {
  readonly pts: number;
  readonly caps: FixedCaps;
  readonly outputs: Readonly<Record<string, { readonly shape: Row; readonly values: Row }>>;
}

/** A sink that notes what each item's tensors hold. */
function outputSink(results: Result[], models: (string | undefined)[] = []): AnyElementDefinition {
  return tinyElement('out', {
    pads: { sink: sinkPad(tensors()) },
    create: ({ context: { arena } }) => ({
      render: ({ pts, caps: current, value, meta }) => {
        models.push(meta.model);
        const outputs = Object.entries(value as TensorSet).map(([name, { dtype, shape, slab, offset }]) => {
          const count = shape.reduce((product, size) => product * size, 1);
          const values = Array.from(arena.view(dtype, slab.offset + offset, count) as ArrayLike<number | bigint>, Number);
          return [name, { shape, values }] as const;
        });
        results.push({ pts, caps: current, outputs: Object.fromEntries(outputs) });
      },
    }),
  });
}

const { cases } = references.linear;
const rows = cases[4]!.inputs['x']!.data.map(Number).reduce<number[][]>((all, value, index) => {
  if (index % 4 === 0) all.push([]);
  all.at(-1)!.push(value);
  return all;
}, []);
const wanted = cases[4]!.outputs['y']!.data.map(Number);

describe('onnx-inference', () => {
  const path = temporaryFolder();

  const write = (of: Model, manifest?: object): string => {
    writeFileSync(path('model.onnx'), writeModel(of));
    if (manifest === undefined) return path('model.onnx');
    writeFileSync(path('model.json'), JSON.stringify({ manifestVersion: 1, name: 'model', file: 'model.onnx', ...manifest }));
    return path();
  };
  const graph = (
    at: string,
    {
      source = rowSource(rows),
      props = {},
      cores = 2,
      ...settings
    }: { source?: AnyElementDefinition; props?: object; cores?: number; batch?: object; inFlight?: number } = {},
  ): TestPipeline & { results: Result[]; models: (string | undefined)[] } => {
    const results: Result[] = [];
    const models: (string | undefined)[] = [];
    const test = testPipeline(
      [source, onnxInference, outputSink(results, models)],
      {
        elements: { 'onnx-inference': { props: { model: at, ...props }, ...settings } },
        links: ['rows ! onnx-inference ! out'],
      } as never,
      { cores },
    );
    return { ...test, results, models };
  };
  const finish = async (test: TestPipeline): Promise<void> => {
    await test.pipeline.run();
    await test.pipeline.close();
    test.assertClean();
    assert.deepEqual(test.budget.report().claims, [], 'every thread is back');
  };
  const fails = async (test: TestPipeline, code: string, message: RegExp): Promise<void> => {
    await assert.rejects(test.pipeline.run(), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
    await test.pipeline.close();
    test.assertClean();
    assert.deepEqual(test.budget.report().claims, []);
  };
  const fixed = (batch: number): Model => {
    const open = smallModels.linear();
    const [x, y] = [valueInfo('x', 'float32', [batch, 4]), valueInfo('y', 'float32', [batch, 3])];
    return { ...open, graph: { ...open.graph!, input: [x], output: [y] } };
  };
  const near = (found: Row, expected: Row) => {
    assert.equal(found.length, expected.length);
    for (const [index, value] of found.entries()) assert.ok(Math.abs(value - expected[index]!) < 1e-5, `${found} against ${expected}`);
  };

  describe('props', () => {
    const check = (props: object) =>
      onnxInference.check!({ props: onnxInference.props.parse(props), baseFolder: path() }) as Promise<
        { code: string; path: string; message: string }[]
      >;

    it('are checked without opening anything', async () => {
      write(smallModels.linear(), { inputs: {}, outputs: {} });
      assert.deepEqual(await check({ model: 'model.onnx' }), []);
      const issues = await check({ model: 'modell.onnx', providers: ['tensort'] });
      assert.deepEqual(
        issues.map(({ code, path: pointer }) => [code, pointer]),
        [
          ['inference/model-not-found', '/props/model'],
          ['inference/unknown-provider', '/props/providers'],
        ],
      );
      assert.match(issues[0]!.message, /modell\.onnx; did you mean model\.onnx\?/);
    });

    it('tell a manifest that is invalid from a file that it names in vain', async () => {
      write(smallModels.linear(), { inputs: 3, outputs: {} });
      assert.deepEqual(
        (await check({ model: '.' })).map(({ code }) => code),
        ['inference/manifest-invalid'],
      );
      write(smallModels.linear(), { inputs: {}, outputs: {}, file: 'gone.onnx' });
      assert.deepEqual(
        (await check({ model: '.' })).map(({ code }) => code),
        ['media/not-found'],
      );
    });
  });

  describe('negotiation', () => {
    it('asks for what the model wants, and hands the manifest on', async () => {
      const preprocess = { fit: 'stretch', channelOrder: 'BGR' };
      const manifest = {
        inputs: {
          x: { role: 'image', dtype: 'float32', axes: ['batch', 'channel', 'height', 'width'], shape: ['batch', 2, 5, 5], preprocess },
        },
        outputs: { y: { dtype: 'float32', shape: ['batch', 3, 5, 5] } },
        decoder: { type: 'some' },
      };
      let asked: Caps | undefined;
      const source = tinyElement('rows', {
        pads: { src: srcPad(anyMedia()) },
        negotiate: { srcCaps: ({ allowed }) => (asked = allowed) },
        create: () => ({ produce: () => undefined }),
      });
      const test = graph(write(smallModels.convolution(), manifest), { source });
      await test.pipeline.negotiate();
      const [structure] = asked as Exclude<Caps, 'any'>;
      assert.deepEqual(structure!.fields, { dtype: 'float32', layout: 'CHW', shape: [2, 5, 5] });
      assert.equal((structure!.info!['preprocess'] as typeof preprocess).channelOrder, 'BGR');
      const { caps: src } = test.pipeline.elements.get('onnx-inference')!.srcPads.get('src')!;
      assert.equal((src!.info!['model'] as { decoder: { type: string } }).decoder.type, 'some');
      assert.deepEqual((src!.info!['input'] as FixedCaps).fields['shape'], [2, 5, 5]);
      await finish(test);
    });

    it('refuses tensors of another shape or type before any data flow', async () => {
      const wrong = [caps('tensor', { dtype: 'float32', shape: [5] }), caps('tensor', { dtype: 'uint8', shape: [4] })];
      for (const wish of wrong) {
        const test = graph(write(smallModels.linear()), { source: rowSource([], wish) });
        await assert.rejects(test.pipeline.run(), { name: 'GraphError' });
        await test.pipeline.close();
        test.assertClean();
      }
    });
  });

  describe('data', () => {
    for (const backend of ['onnxruntime', 'onnxruntime-node']) {
      it(`gives every item its outputs, in order, on ${backend}`, async () => {
        const test = graph(write(smallModels.linear()), { props: { backend } });
        await finish(test);
        assert.deepEqual(
          test.results.map(({ pts }) => pts / 10_000),
          [0, 1, 2, 3, 4],
        );
        for (const { outputs } of test.results) assert.deepEqual(outputs['y']!.shape, [3]);
        near(
          test.results.flatMap(({ outputs }) => [...outputs['y']!.values]),
          wanted,
        );
      });
    }

    it('gives the items of a batch what it gives them alone, bit for bit', async () => {
      const alone = graph(write(smallModels.linear()));
      await finish(alone);
      for (const maxSize of [2, 3, 5, 8]) {
        const together = graph(path('model.onnx'), { batch: { maxSize, maxWaitMs: null } });
        await finish(together);
        assert.deepEqual(
          together.results.map(({ outputs }) => outputs['y']!.values),
          alone.results.map(({ outputs }) => outputs['y']!.values),
        );
      }
    });

    it('forms batches as the graph asks', async () => {
      const test = graph(write(smallModels.linear()), { batch: { maxSize: 2, maxWaitMs: null }, props: { warmUpRuns: 0 } });
      await finish(test);
      const { elements } = test.pipeline.summary();
      assert.match(JSON.stringify(elements.find(({ name }) => name === 'onnx-inference')), /"full":2/);
      assert.equal(test.results.length, 5);
    });

    it('takes the batches of a stream-mux and gives each stream what it gets alone, in parts where the model takes fewer at once', async () => {
      for (const made of [smallModels.linear(), fixed(3), fixed(1)]) {
        const alone = graph(write(made));
        await finish(alone);
        const streams = [0, 1].map((index) => {
          const results: Result[] = [];
          const named = (definition: AnyElementDefinition, name: string) => ({ ...definition, name: `${name}${index}` });
          return { results, source: named(rowSource(rows), 'rows'), sink: named(outputSink(results), 'out') };
        });
        const together = testPipeline(
          [...streams.flatMap(({ source, sink }) => [source, sink]), streamMux, onnxInference, streamDemux],
          {
            elements: {
              'stream-mux': { props: { maxSize: 4, maxPerSource: 2, preferredSizes: [4], strict: true } },
              'onnx-inference': { props: { model: path('model.onnx') } },
            },
            links: ['rows0 ! stream-mux ! onnx-inference ! stream-demux ! out0', 'rows1 ! stream-mux', 'stream-demux ! out1'],
          },
          { cores: 2 },
        );
        await together.pipeline.run();
        await together.pipeline.close();
        together.assertClean();
        for (const { results } of streams) {
          assert.deepEqual(
            results.map(({ pts, outputs }) => [pts, outputs]),
            alone.results.map(({ pts, outputs }) => [pts, outputs]),
          );
        }
      }
    });

    it('runs batches of the preferred sizes only where they are strict', async () => {
      const batch = { maxSize: 4, maxWaitMs: null, preferredSizes: [4], strict: true };
      const test = graph(write(fixed(4)), { batch });
      await finish(test);
      near(
        test.results.flatMap(({ outputs }) => [...outputs['y']!.values]),
        wanted,
      );
      const { batches } = test.pipeline.summary().elements.find(({ name }) => name === 'onnx-inference')!;
      assert.deepEqual(batches.bySize, { 1: 1, 4: 1 });
    });

    it('fills a batch of a fixed size with zeros where items lack', async () => {
      const test = graph(write(fixed(3)), { batch: { maxSize: 3, maxWaitMs: null } });
      await finish(test);
      near(
        test.results.flatMap(({ outputs }) => [...outputs['y']!.values]),
        wanted,
      );
    });

    it('hands outputs that have no batch axis whole to their item', async () => {
      const found = model({
        nodes: [node('NonZero', ['x'], ['y'])],
        inputs: [valueInfo('x', 'float32', [1, 4])],
        outputs: [valueInfo('y', 'int64', [2, 'found'])],
      });
      const test = graph(write(found), {
        source: rowSource([
          [0, 1, 0, 0],
          [0, 0, 0, 0],
          [5, 0, 6, 7],
        ]),
      });
      await finish(test);
      assert.deepEqual(
        test.results.map(({ outputs }) => outputs['y']),
        [
          { shape: [2, 1], values: [0, 1] },
          { shape: [2, 0], values: [] },
          { shape: [2, 3], values: [0, 0, 0, 0, 2, 3] },
        ],
      );
    });

    it('feeds models that have no batch axis at all', async () => {
      const negation = model({
        nodes: [node('Neg', ['x'], ['y'])],
        inputs: [valueInfo('x', 'float32', [4])],
        outputs: [valueInfo('y', 'float32', [4])],
      });
      const tensors = { x: { dtype: 'float32', axes: ['sample'], shape: [4] } };
      const test = graph(write(negation, { inputs: tensors, outputs: { y: tensors.x } }));
      await finish(test);
      assert.deepEqual(test.results[1]!.outputs['y'], { shape: [4], values: Array.from(Float32Array.from(rows[1]!, (value) => -value)) });
    });

    it('settles sizes that the model leaves open by what comes in, or by freeDimensions', async () => {
      const sizes = [caps('tensor', { dtype: 'float32', shape: [2, 3, 4] })];
      const picture = Array.from({ length: 24 }, (_, index) => index / 24);
      const open = graph(write(smallModels.convolution()), { source: rowSource([picture], sizes[0]) });
      await finish(open);
      assert.deepEqual(open.results[0]!.outputs['y']!.shape, [3, 3, 4]);
      const chosen = graph(path('model.onnx'), { source: rowSource([picture], sizes[0]), props: { freeDimensions: { H: 3, W: 4 } } });
      await finish(chosen);
      assert.deepEqual(chosen.results[0]!.outputs, open.results[0]!.outputs);
      const other = graph(path('model.onnx'), { source: rowSource([picture], sizes[0]), props: { freeDimensions: { H: 4 } } });
      await assert.rejects(other.pipeline.run(), { name: 'GraphError' });
      await other.pipeline.close();
    });
  });

  describe('what it tells', () => {
    it('says on what it runs, and what became of the other wishes', async () => {
      const test = graph(write(smallModels.linear()), { props: { providers: ['qnn', 'cpu'] }, cores: 3 });
      await finish(test);
      const notes = test.heard('element').map(({ name, value }) => [name, value]);
      assert.deepEqual(notes, [
        ['provider', 'cpu (qnn: not built in)'],
        ['runs', '3 at once, 1 thread each'],
      ]);
    });

    it('is ready only once it is warm', async () => {
      const test = graph(write(smallModels.linear()));
      await test.pipeline.open();
      assert.equal(test.pipeline.state, 'ready');
      assert.match(test.heard('progress').at(-1)!.text, /^Warming up/);
      assert.deepEqual(test.budget.report().claims, [{ name: 'onnx-inference', threads: 2 }]);
      await test.pipeline.close();
      assert.deepEqual(test.budget.report().claims, []);
    });
  });

  describe('stop', () => {
    const endless = (): Model => {
      const loop = loopModel();
      const { graph: inner } = loop;
      return {
        ...loop,
        graph: {
          ...inner!,
          node: [...inner!.node!, node('Neg', ['x'], ['z'])],
          input: [valueInfo('x', 'float32', ['N', 4])],
          output: [...inner!.output!, valueInfo('z', 'float32', ['N', 4])],
          initializer: [...inner!.initializer!, constant('trips', 'int64', [], new BigInt64Array([2n ** 40n]))],
        },
      };
    };

    it('ends runs in flight when the pipeline is aborted', async () => {
      const test = graph(write(endless()), { props: { warmUpRuns: 0, backend: 'onnxruntime' } });
      const run = test.pipeline.run();
      run.catch(() => undefined);
      while (test.pipeline.state !== 'playing') await settled();
      await settled();
      test.pipeline.abort();
      await assert.rejects(run, { name: 'AbortedError' });
      await test.pipeline.close();
      assert.equal(test.arena.statistics.slabsInUse, 0, 'every slab is back');
      assert.deepEqual(test.budget.report().claims, []);
    });

    it('runs again after its end', async () => {
      const test = graph(write(smallModels.linear()));
      await finish(test);
      await finish(test);
      assert.equal(test.results.length, 10);
    });
  });

  describe('fallback', () => {
    /** A model of the same shapes that gives zeros. */
    const zeros = (labels?: string[]): string => {
      const { graph: linear, ...rest } = smallModels.linear();
      const initializer = linear!.initializer!.map((one) => ({ ...one, rawData: new Uint8Array(one.rawData!.length) }));
      writeFileSync(path('zeros.onnx'), writeModel({ ...rest, graph: { ...linear!, initializer } }));
      const shapes = { inputs: { x: { dtype: 'float32', shape: ['N', 4] } }, outputs: { y: { dtype: 'float32', shape: ['N', 3] } } };
      const manifest = { manifestVersion: 1, name: 'zeros', file: 'zeros.onnx', ...shapes, labels };
      writeFileSync(path('zeros.json'), JSON.stringify(manifest));
      return path('zeros.json');
    };
    const main = (): string =>
      write(smallModels.linear(), {
        inputs: { x: { dtype: 'float32', shape: ['N', 4] } },
        outputs: { y: { dtype: 'float32', shape: ['N', 3] } },
      });

    it('takes over and hands back between two buffers, and each result says which model made it', async () => {
      const many = Array.from({ length: 6 }, () => rows[0]!);
      const gate: { open: () => void }[] = [];
      const slow = rowSource(many);
      const created = slow.create as (context: never) => { produce(): StreamBuffer | undefined };
      const paced: AnyElementDefinition = {
        ...slow,
        create: (context: never) => {
          const { produce } = created(context);
          return {
            produce: () => new Promise<StreamBuffer | undefined>((resolve) => gate.push({ open: () => resolve(produce()) })),
          };
        },
      };
      const test = graph(main(), { source: paced, props: { fallback: zeros() }, inFlight: 1 });
      const made: (string | undefined)[] = [];
      const run = test.pipeline.run();
      const next = async (): Promise<void> => {
        const before = test.results.length;
        while (gate.length === 0) await settled();
        gate.shift()!.open();
        while (test.results.length === before) await new Promise(setImmediate);
        made.push(test.models.at(-1));
      };
      await next();
      test.pipeline.setProps('onnx-inference', { useFallback: true });
      await next();
      await next();
      test.pipeline.setProps('onnx-inference', { useFallback: false });
      for (let left = 3; left > 0; left--) await next();
      while (gate.length === 0) await settled();
      gate.shift()!.open();
      await run;
      assert.deepEqual(made, ['model', 'zeros', 'zeros', 'model', 'model', 'model']);
      for (const [index, { outputs, pts }] of test.results.entries()) {
        assert.equal(pts, index * 10_000);
        near(outputs['y']!.values, made[index] === 'zeros' ? [0, 0, 0] : wanted.slice(0, 3));
      }
      await test.pipeline.close();
      test.assertClean();
      assert.deepEqual(test.budget.report().claims, []);
    });

    it('has to take and give the same', async () => {
      const message = /Cannot have zeros stand in for model: its labels is \["a","b","c"\] instead of none/;
      await fails(graph(main(), { props: { fallback: zeros(['a', 'b', 'c']) } }), 'inference/unlike-fallback', message);
    });

    it('is refused where there is none', () => {
      assert.throws(() => graph(main(), { props: { useFallback: true } }), /Cannot use a fallback where there is none; set fallback/);
    });
  });

  describe('errors', () => {
    it('refuses models with several inputs', () =>
      fails(
        graph(write(smallModels.scalars())),
        'inference/several-inputs',
        /exactly one input can be fed, and it has 2: x \(N\), rate \(scalar\)/,
      ));

    it('refuses batches that the model cannot take', async () => {
      await fails(
        graph(write(fixed(1)), { batch: { maxSize: 4 } }),
        'inference/fixed-batch',
        /in batches of 4: it takes batches of exactly 1; set batch\.maxSize to 1/,
      );
      await fails(graph(write(fixed(3)), { batch: { maxSize: 4 } }), 'inference/fixed-batch', /exactly 3/);
    });

    it('refuses to divide an output that has no batch axis', async () => {
      const sum = model({
        nodes: [node('ReduceSum', ['x'], ['y'], { keepdims: 0 })],
        inputs: [valueInfo('x', 'float32', ['N', 4])],
        outputs: [valueInfo('y', 'float32', [])],
      });
      await fails(
        graph(write(sum), { batch: { maxSize: 5, maxWaitMs: null } }),
        'inference/not-per-item',
        /output y has the shape scalar for a batch of 5/,
      );
    });

    it('fails rather than run on another provider than the required one', () =>
      fails(
        graph(write(smallModels.linear()), { props: { providers: ['qnn', 'cpu'], requireProvider: true } }),
        'inference/provider-unavailable',
        /qnn/,
      ));

    it('names the model that is missing', () => fails(graph(path('none.onnx')), 'inference/model-not-found', /none\.onnx/));
  });
});
