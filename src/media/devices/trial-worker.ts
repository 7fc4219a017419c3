// A process of its own that has each of the execution providers it is told run a tiny model, one after the other, and says how that
// went. Whatever their drivers do to it, whoever started it goes on.
import { chooseBackend } from '../../inference/choose-backend.ts';
import { Arena } from '../../memory/arena.ts';
import { model, node, valueInfo } from '../../onnx/build-model.ts';
import { writeModel } from '../../onnx/write-model.ts';
import { plainReason } from './plain-reason.ts';
import type { TrialNote } from './try-providers.ts';

const SIZE = 16;

const say = (note: TrialNote): Promise<void> => new Promise((resolve) => process.send!(note, () => resolve()));

async function trial(provider: string): Promise<TrialNote> {
  const started = performance.now();
  try {
    const arena = Arena.create({ maximumBytes: 2 ** 20 });
    const { backend } = await chooseBackend('auto');
    const tiny = model({
      nodes: [node('MatMul', ['a', 'a'], ['b']), node('Relu', ['b'], ['c'])],
      inputs: [valueInfo('a', 'float32', [SIZE, SIZE])],
      outputs: [valueInfo('c', 'float32', [SIZE, SIZE])],
    });
    const wish = provider === 'cpu' ? ['cpu'] : [provider, 'cpu'];
    const session = await backend.open({ bytes: writeModel(tiny), name: 'of a trial' }, { providers: wish }, arena);
    const { tried, nodes } = session.provider;
    const { outcome } = tried[0]!;
    if (outcome !== 'ran') return { provider, reason: plainReason(outcome) };
    if (nodes !== undefined && (nodes[provider] ?? 0) === 0) return { provider, reason: 'it leaves the model to the processor' };
    const slab = arena.allocate(SIZE * SIZE * 4);
    arena.bytes(slab.offset, slab.bytes).fill(0);
    await session.run({ a: { dtype: 'float32', shape: [SIZE, SIZE], slab } });
    return { provider, tookMs: Math.round(performance.now() - started) };
  } catch (error) {
    return { provider, reason: plainReason((error as Error).message) };
  }
}

// Nobody to tell it to.
process.on('disconnect', () => process.exit());
for (const provider of process.argv.slice(2)) {
  await say({ provider, hasBegun: true });
  await say(await trial(provider));
}
// Drivers that take long to shut down, or do not, hold nobody up.
process.kill(process.pid, 'SIGKILL');
