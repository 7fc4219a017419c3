// What every backend has to do alike. A backend that joins stands in the list below and passes as it is.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { InferenceBackend, InferenceSession, ModelSource, SessionOptions } from '../../src/inference/backend.ts';
import { onnxRuntimeBackend } from '../../src/inference/onnx-runtime/onnx-runtime-backend.ts';
import { onnxruntimeNodeBackend } from '../../src/inference/onnxruntime-node/onnxruntime-node-backend.ts';
import { Arena } from '../../src/memory/arena.ts';
import { externalTensor, model, node, valueInfo } from '../../src/onnx/build-model.ts';
import type { Model } from '../../src/onnx/model.ts';
import { writeModel } from '../../src/onnx/write-model.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { settled } from '../support/test-pipeline.ts';
import { int4Model, loopModel, references, sequenceModel, smallModels, unrankedModel } from './small-models.ts';
import { assertTensors, floats, place, placeAll, release, valuesOf } from './tensors.ts';

interface Candidate {
  readonly backend: InferenceBackend;
  /** Opening starts a thread where it is slow; the count keeps the suite short. */
  readonly openings: number;
  /** Whether a run can be ended early; else it goes on to its end, and only its result is dropped. */
  readonly interrupts: boolean;
}

const candidates: readonly Candidate[] = [
  { backend: onnxRuntimeBackend, openings: 200, interrupts: true },
  { backend: onnxruntimeNodeBackend, openings: 4, interrupts: false },
];

const FOR_EVER = 2 ** 40;
const A_WHILE = 3000;

for (const { backend, openings, interrupts } of candidates) {
  describe(`backend ${backend.name}`, () => {
    const path = temporaryFolder();
    let arena: Arena;
    const sessions: InferenceSession[] = [];
    // Opening starts a thread where it is slow; tests that change nothing of a session share it.
    const shared = new Map<() => Model, Promise<InferenceSession>>();

    before(() => {
      arena = Arena.create({ maximumBytes: 2 ** 26 });
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close();
      assert.equal(arena.statistics.slabsInUse, 0, 'every slab is back');
    });
    after(async () => {
      for (const session of shared.values()) await (await session).close();
    });

    const openSource = async (source: ModelSource, options: SessionOptions = {}): Promise<InferenceSession> => {
      const session = await backend.open(source, options, arena);
      sessions.push(session);
      return session;
    };
    const open = (of: Model, options?: SessionOptions) => openSource({ bytes: writeModel(of) }, options);
    const sharedSession = (build: () => Model): Promise<InferenceSession> => {
      const session = shared.get(build) ?? backend.open({ bytes: writeModel(build()) }, {}, arena);
      shared.set(build, session);
      return session;
    };
    const trips = (count: number) => place(arena, { dtype: 'int64', shape: [], data: [count] });

    describe('values', () => {
      for (const [name, build] of Object.entries(smallModels)) {
        it(`gives what the reference gives for ${name}`, async () => {
          const session = await sharedSession(build);
          for (const { inputs, outputs } of references[name as keyof typeof smallModels].cases) {
            const placed = placeAll(arena, inputs);
            // Twice: from the second run on, outputs may be written where the first had them.
            for (let time = 0; time < 2; time++) {
              const found = await session.run(placed);
              assertTensors(arena, found, outputs);
              release(found);
            }
            release(placed);
          }
        });
      }

      it('gives each item of a batch what it gives the item alone', async () => {
        const session = await sharedSession(smallModels.linear);
        const { data } = references.linear.cases[4]!.inputs['x']!;
        const batch = { x: floats(arena, [5, 4], data.map(Number)) };
        const together = await session.run(batch);
        const all = valuesOf(arena, together['y']!);
        for (let item = 0; item < 5; item++) {
          const single = { x: floats(arena, [1, 4], data.slice(item * 4, item * 4 + 4).map(Number)) };
          const alone = await session.run(single);
          assert.deepEqual(valuesOf(arena, alone['y']!), all.slice(item * 3, item * 3 + 3));
          release({ ...single, out: alone['y']! });
        }
        release({ ...batch, ...together });
      });

      it('reads tensors that lie in the middle of a slab', async () => {
        const session = await sharedSession(smallModels.linear);
        const [first, second] = references.linear.cases;
        const both = floats(arena, [1, 8], [...first!.inputs['x']!.data, ...second!.inputs['x']!.data.slice(0, 4)].map(Number));
        const found = await session.run({ x: { ...both, shape: [1, 4], offset: 16 } });
        const wanted = second!.outputs['y']!;
        assertTensors(arena, found, { y: { ...wanted, shape: [1, 3], data: wanted.data.slice(0, 3) } });
        release({ both, ...found });
      });

      it('runs tensors of any rank where the model declares none', async () => {
        const session = await open(unrankedModel());
        assert.equal(session.inputs[0]!.unranked, true, 'the model says so');
        for (const shape of [[], [2], [1, 2, 3]]) {
          const x = floats(arena, shape, 0.5);
          const found = await session.run({ x });
          assert.deepEqual(found['y']!.shape, shape);
          release({ x, ...found });
        }
      });

      it('computes the outputs that are asked for, and no others', async () => {
        const session = await sharedSession(smallModels.passed);
        const x = floats(arena, [2], 3);
        const found = await session.run({ x }, { outputs: ['negated', 'negated'] });
        assertTensors(arena, found, { negated: { dtype: 'float32', shape: [2], data: [-3, -3] } });
        release({ x, ...found });
      });

      it('takes inputs as a map', async () => {
        const session = await sharedSession(smallModels.passed);
        const x = floats(arena, [1], 3);
        const found = await session.run(new Map([['x', x]]), { outputs: ['same'] });
        assert.deepEqual(valuesOf(arena, found['same']!), [3]);
        release({ x, ...found });
      });
    });

    describe('what it says of a model', () => {
      it('names inputs, outputs, types and shapes', async () => {
        const session = await sharedSession(smallModels.scalars);
        assert.deepEqual(session.inputs, [
          { name: 'x', dtype: 'float32', shape: ['N'] },
          { name: 'rate', dtype: 'int64', shape: [] },
        ]);
        assert.deepEqual(session.outputs, [
          { name: 'y', dtype: 'float32', shape: ['N'] },
          { name: 'next', dtype: 'int64', shape: [] },
        ]);
      });

      it('hands on the notes of its maker', async () => {
        const { metadata } = await sharedSession(smallModels.linear);
        assert.deepEqual(metadata, { producer: 'leat', graph: 'graph', maker: 'a test', note: 'größer' });
      });
    });

    describe('wrong inputs', () => {
      const rejects = async (build: () => Model, inputs: Parameters<InferenceSession['run']>[0], code: string, message: RegExp) => {
        const session = await sharedSession(build);
        await assert.rejects(session.run(inputs), { code, message });
      };

      it('refuses a wrong shape', async () => {
        const [wide, flat] = [floats(arena, [1, 5]), floats(arena, [4])];
        await rejects(smallModels.linear, { x: wide }, 'inference/wrong-shape', /x has the shape 1×5, expected N×4/);
        await rejects(smallModels.linear, { x: flat }, 'inference/wrong-shape', /x has the shape 4, expected N×4/);
        await rejects(smallModels.linear, { x: { ...flat, shape: [-1, 4] } }, 'inference/wrong-shape', /-1×4/);
        release({ wide, flat });
      });

      it('refuses a wrong type', async () => {
        const x = place(arena, { dtype: 'int32', shape: [1, 4], data: [1, 2, 3, 4] });
        await rejects(smallModels.linear, { x }, 'inference/wrong-dtype', /x is int32, expected float32/);
        release({ x });
      });

      it('refuses memory that is too short, or that does not begin at an element', async () => {
        const x = floats(arena, [1, 4]);
        const rows = x.slab.bytes / 16 + 1;
        await rejects(smallModels.linear, { x: { ...x, shape: [rows, 4] } }, 'inference/wrong-length', /needs \d+ bytes/);
        await rejects(smallModels.linear, { x: { ...x, offset: x.slab.bytes } }, 'inference/wrong-length', /has 0 from offset/);
        await rejects(smallModels.linear, { x: { ...x, offset: -4 } }, 'inference/wrong-length', /offset -4/);
        await rejects(smallModels.linear, { x: { ...x, offset: 2 } }, 'inference/wrong-length', /starts at byte 2/);
        release({ x });
      });

      it('refuses missing and unknown inputs and outputs', async () => {
        const x = floats(arena, [2]);
        await rejects(smallModels.linear, {}, 'inference/missing-input', /x is missing; given: none/);
        await rejects(smallModels.passed, { x, more: x }, 'inference/unknown-input', /no input more; it has: x/);
        const session = await sharedSession(smallModels.passed);
        await assert.rejects(session.run({ x }, { outputs: ['z'] }), {
          code: 'inference/unknown-output',
          message: /no output z; it has: same/,
        });
        release({ x });
      });

      it('says what the library says when the model itself fails, and runs on afterwards', async () => {
        const session = await open(
          model({
            nodes: [node('Reshape', ['x', 'shape'], ['y'])],
            inputs: [valueInfo('x', 'float32', ['N']), valueInfo('shape', 'int64', [1])],
            outputs: [valueInfo('y', 'float32', ['M'])],
          }),
        );
        const x = floats(arena, [2], 1);
        const [good, bad] = [2, 3].map((size) => place(arena, { dtype: 'int64', shape: [1], data: [size] }));
        await assert.rejects(session.run({ x, shape: bad! }), {
          code: 'inference/run-failed',
          message: /ONNX Runtime says: .*[Rr]eshape/s,
        });
        const found = await session.run({ x, shape: good! });
        assert.equal(session.statistics.failed, 1);
        release({ x, good: good!, bad: bad!, ...found });
      });
    });

    describe('models that do not open', () => {
      const refuses = (source: ModelSource, code: string, message: RegExp) =>
        assert.rejects(backend.open(source, {}, arena), (error: Error & { code?: string }) => {
          assert.equal(error.code, code, error.message);
          assert.match(error.message, message);
          return true;
        });

      it('refuses what is not there, a folder, and an empty file', async () => {
        writeFileSync(path('empty.onnx'), '');
        await refuses({ path: path('no.onnx') }, 'inference/model-not-found', /no\.onnx: there is no such file/);
        await refuses({ path: path() }, 'inference/model-not-found', /it is not a file/);
        await refuses({ path: path('empty.onnx') }, 'inference/model-corrupt', /the file is empty/);
        await refuses({ bytes: new Uint8Array(0) }, 'inference/model-corrupt', /it is empty/);
      });

      it('refuses garbage', async () => {
        writeFileSync(path('garbage.onnx'), Buffer.from('this is no model, whatever its name says'.repeat(100)));
        await refuses({ path: path('garbage.onnx') }, 'inference/model-corrupt', /garbage\.onnx: the file is no ONNX model/);
        await refuses({ bytes: new Uint8Array(1000).fill(0xff) }, 'inference/model-corrupt', /of 1000 bytes/);
      });

      it('refuses a truncated model wherever it breaks off', async () => {
        const bytes = writeModel(smallModels.convolution());
        const cuts = interrupts ? Array.from({ length: bytes.length - 1 }, (_, index) => index + 1) : [bytes.length >> 1];
        for (const cut of cuts) {
          await assert.rejects(
            backend.open({ bytes: bytes.subarray(0, cut) }, {}, arena).then(openedAnyway),
            { name: 'InferenceError' },
            `cut at ${cut}`,
          );
        }
        writeFileSync(path('short.onnx'), bytes);
        truncateSync(path('short.onnx'), bytes.length - 20);
        await refuses({ path: path('short.onnx') }, 'inference/model-corrupt', /cut short/);
      });

      // A cut between two of the outermost fields leaves a model whole that lacks its operator sets; the library takes it.
      const openedAnyway = async (session: InferenceSession): Promise<never> => {
        await session.close();
        throw Object.assign(new Error('it opened'), { name: session.outputs.length > 0 ? 'InferenceError' : 'Opened' });
      };

      it('refuses external data that are missing, short, or somewhere else', async () => {
        const withData = (location: string) => {
          const { graph } = smallModels.linear();
          const weights = [externalTensor('w', 'float32', [4, 3], location, 0, 48), graph!.initializer![1]!];
          return writeModel({ ...smallModels.linear(), graph: { ...graph!, initializer: weights } });
        };
        mkdirSync(path('inside'));
        writeFileSync(path('weights.bin'), new Uint8Array(48));
        writeFileSync(path('inside', 'short.bin'), new Uint8Array(20));
        for (const location of ['missing.bin', 'short.bin', '../weights.bin', path('weights.bin')]) {
          writeFileSync(path('inside', 'model.onnx'), withData(location));
          await refuses({ path: path('inside', 'model.onnx') }, 'inference/external-data', /weights that lie in a file of their own/);
        }
        writeFileSync(path('beside.onnx'), withData('weights.bin'));
        const session = await openSource({ path: path('beside.onnx') });
        const x = floats(arena, [1, 4], 1);
        const found = await session.run({ x });
        const { data } = references.linear.weights['b']!;
        assertTensors(arena, found, { y: { dtype: 'float32', shape: [1, 3], data: data.map((bias) => Math.max(0, Number(bias))) } });
        release({ x, ...found });
      });

      it('refuses outputs in int4, lists of tensors and texts', async () => {
        await refuses({ bytes: writeModel(int4Model()) }, 'inference/unsupported-type', /output y is int4; end the model with a Cast/);
        await refuses(
          { bytes: writeModel(sequenceModel()) },
          'inference/unsupported-type',
          /output y is sequence; export the model with plain/,
        );
        const texts = model({
          nodes: [node('Identity', ['x'], ['y'])],
          inputs: [valueInfo('x', 'string', [1])],
          outputs: [valueInfo('y', 'string', [1])],
        });
        await refuses({ bytes: writeModel(texts) }, 'inference/unsupported-type', /input x is string; export the model with numbers/);
      });

      it('refuses operators and versions that the library does not know', async () => {
        const parts = { inputs: [valueInfo('x', 'float32', [1])], outputs: [valueInfo('y', 'float32', [1])] };
        const unknown = model({ nodes: [node('Frobnicate', ['x'], ['y'])], ...parts });
        await refuses(
          { bytes: writeModel(unknown) },
          'inference/unsupported-operator',
          /no execution provider has this operator.*Frobnicate/,
        );
        const newer = model({ nodes: [node('Neg', ['x'], ['y'])], ...parts, irVersion: 99 });
        await refuses({ bytes: writeModel(newer) }, 'inference/unsupported-version', /newer ONNX/);
        const contradictory = model({ nodes: [node('Neg', ['nothing'], ['y'])], ...parts });
        await refuses({ bytes: writeModel(contradictory) }, 'inference/invalid-model', /contradicts itself/);
      });
    });

    describe('options', () => {
      it('refuses numbers that make no sense', async () => {
        const bytes = writeModel(smallModels.passed());
        await assert.rejects(backend.open({ bytes }, { intraOpThreads: 0 }, arena), RangeError);
        await assert.rejects(backend.open({ bytes }, { interOpThreads: 1.5 }, arena), RangeError);
        await assert.rejects(backend.open({ bytes }, { freeDimensions: { N: 0 } }, arena), RangeError);
      });

      it('fixes sizes that the model leaves open', async () => {
        const session = await open(smallModels.linear(), { freeDimensions: { N: 2 } });
        assert.deepEqual(session.inputs[0]!.shape, [2, 4]);
        assert.deepEqual(session.outputs[0]!.shape, [2, 3]);
        const { inputs, outputs } = references.linear.cases[1]!;
        const [two, three] = [placeAll(arena, inputs), placeAll(arena, references.linear.cases[2]!.inputs)];
        const found = await session.run(two);
        assertTensors(arena, found, outputs);
        await assert.rejects(session.run(three), { code: 'inference/wrong-shape', message: /expected 2×4; freeDimensions sets N = 2/ });
        release(found);
        release(two);
        release(three);
      });

      it('refuses to fix a size that the model does not have', async () => {
        const bytes = writeModel(smallModels.convolution());
        await assert.rejects(backend.open({ bytes }, { freeDimensions: { h: 3 } }, arena), {
          code: 'inference/unknown-dimension',
          message: /has a dimension h; did you mean H\?|it has N, H, W/,
        });
      });

      it('writes a profile that is whole once the session is closed', async () => {
        const session = await open(smallModels.linear(), { profilePrefix: path('profile'), graphOptimization: 'disabled' });
        const placed = placeAll(arena, references.linear.cases[0]!.inputs);
        release(await session.run(placed));
        release(placed);
        await session.close();
        const [file] = readdirSync(path()).filter((name) => name.startsWith('profile'));
        const events = JSON.parse(readFileSync(path(file!), 'utf8')) as { args?: { op_name?: string } }[];
        const operators = new Set(events.map(({ args }) => args?.op_name));
        assert.ok(operators.has('MatMul') && operators.has('Relu'), 'nothing was fused, as graphOptimization asks');
      });

      it('hands session options on', async () => {
        // The library counts the affinities, one for each thread but the calling one.
        const affinities = (value: string): SessionOptions => ({
          intraOpThreads: 2,
          config: { 'session.intra_op_thread_affinities': value },
        });
        await open(smallModels.passed(), affinities('1'));
        await assert.rejects(open(smallModels.passed(), affinities('1;1;1')), { name: 'InferenceError', message: /affinities/ });
      });
    });

    describe('providers', () => {
      const bytes = () => writeModel(smallModels.passed());
      const QNN = /built without it/;

      it('runs on the processor unless told otherwise', async () => {
        const { provider } = await sharedSession(smallModels.passed);
        assert.deepEqual(provider.tried, [{ name: 'cpu', outcome: 'ran' }]);
        assert.ok((await backend.providers()).includes('cpu'));
      });

      it('takes the first wish that works, and says what became of the others', async () => {
        const { provider } = await open(smallModels.passed(), { providers: ['qnn', { name: 'CPUExecutionProvider' }] });
        assert.equal(provider.ran, 'cpu');
        assert.deepEqual(
          provider.tried.map(({ name }) => name),
          ['qnn', 'cpu'],
        );
        assert.match(provider.tried[0]!.outcome, QNN);
      });

      it('fails where no wish works', async () => {
        await assert.rejects(backend.open({ bytes: bytes() }, { providers: ['qnn'] }, arena), {
          code: 'inference/provider-unavailable',
          message: /qnn: .*built without it.*add cpu to the providers/,
        });
      });

      it('fails rather than run on another than the first when it is required', async () => {
        await assert.rejects(backend.open({ bytes: bytes() }, { providers: ['qnn', 'cpu'], requireProvider: true }, arena), {
          code: 'inference/provider-unavailable',
          message: /requireProvider admits no other/,
        });
        const session = await open(smallModels.passed(), { providers: ['cpu', 'qnn'], requireProvider: true });
        assert.equal(session.provider.ran, 'cpu');
      });

      it('refuses names of providers and options that do not exist, before anything is tried', async () => {
        const refuses = (providers: SessionOptions['providers'], code: string, message: RegExp) =>
          assert.rejects(backend.open({ bytes: bytes() }, { providers }, arena), { code, message });
        await refuses(['cpu', 'tensort'], 'inference/unknown-provider', /no execution provider tensort; did you mean tensorrt\?/);
        await refuses([], 'inference/unknown-provider', /is empty/);
        await refuses(
          ['cpu', { name: 'cuda', options: { gpu_mem_limits: 1 } }],
          'inference/unknown-option',
          /did you mean gpu_mem_limit\?/,
        );
        await refuses([{ name: 'cpu', options: { threads: 1 } }], 'inference/unknown-option', /cpu has no option threads; it has none/);
      });
    });

    describe('runs', () => {
      it('keeps many runs in flight, each with its own result', async () => {
        const session = await open(smallModels.linear());
        const { cases } = references.linear;
        const runs = Array.from({ length: 40 }, async (_, index) => {
          const { inputs, outputs } = cases[index % cases.length]!;
          const placed = placeAll(arena, inputs);
          const found = await session.run(placed);
          assertTensors(arena, found, outputs);
          release(placed);
          release(found);
        });
        await Promise.all(runs);
        const { runs: count, mostInFlight, inFlight, failed } = session.statistics;
        assert.deepEqual({ count, mostInFlight, inFlight, failed }, { count: 40, mostInFlight: 40, inFlight: 0, failed: 0 });
      });

      it('holds inputs while a run is in flight', async () => {
        const session = await sharedSession(smallModels.passed);
        const x = floats(arena, [2], 7);
        const run = session.run({ x }, { outputs: ['negated'] });
        x.slab.release();
        const found = await run;
        assert.deepEqual(valuesOf(arena, found['negated']!), [-7, -7]);
        release(found);
      });

      it('cancels a run in flight', async () => {
        const session = await open(loopModel());
        const abortion = new AbortController();
        const forEver = trips(interrupts ? FOR_EVER : A_WHILE);
        const run = session.run({ trips: forEver }, { signal: abortion.signal });
        await settled();
        abortion.abort();
        await assert.rejects(run, { code: 'inference/cancelled' });
        assert.equal(session.statistics.cancelled, 1);
        // The session is as good as before.
        const three = trips(3);
        release(await session.run({ trips: three }));
        release({ forEver, three });
      });

      it('cancels a run that waits for its turn, and one that was aborted before', async () => {
        const session = await open(loopModel());
        const abortions = Array.from({ length: 12 }, () => new AbortController());
        const forEver = trips(interrupts ? FOR_EVER : A_WHILE);
        const runs = abortions.map(({ signal }) => session.run({ trips: forEver }, { signal }));
        const outcomes = Promise.allSettled(runs);
        await settled();
        for (const abortion of abortions.reverse()) abortion.abort();
        assert.ok((await outcomes).every((one) => one.status === 'rejected' && one.reason.code === 'inference/cancelled'));
        await assert.rejects(session.run({ trips: forEver }, { signal: AbortSignal.abort() }), { code: 'inference/cancelled' });
        assert.equal(session.statistics.cancelled, 13);
        release({ forEver });
      });

      it('waits at its closing for what is in flight', async () => {
        const session = await open(loopModel());
        const some = trips(A_WHILE);
        const run = session.run({ trips: some });
        let closed = 0;
        const closings = [session.close(), session.close()].map((closing) => closing.then(() => closed++));
        await assert.rejects(session.run({ trips: some }), { code: 'inference/closed' });
        assert.deepEqual([closed, session.statistics.inFlight], [0, 1]);
        const found = await run;
        await Promise.all(closings);
        assert.deepEqual([closed, session.statistics.inFlight], [2, 0]);
        release({ some, ...found });
      });
    });

    it(`opens and closes ${openings} times without growing`, async function () {
      this.timeout(60_000);
      const bytes = writeModel(smallModels.convolution());
      const placed = placeAll(arena, references.convolution.cases[0]!.inputs);
      const cycle = async () => {
        const session = await backend.open({ bytes }, {}, arena);
        release(await session.run(placed));
        await session.close();
      };
      const quarter = openings / 4;
      for (let time = 0; time < quarter; time++) await cycle();
      const { slabsMade } = arena.statistics;
      const before = process.memoryUsage.rss();
      for (let time = quarter; time < openings; time++) await cycle();
      assert.equal(arena.statistics.slabsMade, slabsMade, 'no slab was added');
      // A session of this model takes about 200 KB, and a thread several MB.
      const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
      assert.ok(grown < 24, `grew by ${grown.toFixed(1)} MB`);
      release(placed);
    });
  });
}
