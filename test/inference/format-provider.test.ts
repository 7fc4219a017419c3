import assert from 'node:assert/strict';
import { formatProvider } from '../../src/inference/format-provider.ts';

describe('format provider', () => {
  const ran = { name: 'cpu', outcome: 'ran' };

  it('names the provider alone where the first wish came true', () => {
    assert.equal(formatProvider({ ran: 'cpu', tried: [ran] }), 'cpu');
  });

  it('says in a few words what became of the other wishes', () => {
    const folder = '/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
    const file = 'libonnxruntime_providers_shared.so';
    const tensorrt = `Failed to load library ${folder}/${file} with error: ${folder}/${file}: cannot open shared object file: No such file`;
    const tried = [
      { name: 'tensorrt', outcome: tensorrt },
      { name: 'cuda', outcome: 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library' },
      { name: 'qnn', outcome: 'ONNX Runtime 1.30.0 was built without it; it has cpu' },
      { name: 'webgpu', outcome: 'No supported adapters\nsecond line' },
      ran,
    ];
    assert.equal(
      formatProvider({ ran: 'cpu', tried }),
      `cpu (tensorrt: library not found, ${file}; cuda: library not found; qnn: not built in; webgpu: No supported adapters)`,
    );
  });

  it('says how the nodes are shared out', () => {
    const tried = [{ name: 'tensorrt', outcome: 'ran' }];
    assert.equal(formatProvider({ ran: 'tensorrt', tried, nodes: { tensorrt: 40 } }), 'tensorrt');
    assert.equal(
      formatProvider({ ran: 'tensorrt', tried, nodes: { tensorrt: 40, cpu: 2 } }),
      'tensorrt (40 of the nodes on tensorrt, 2 of the nodes on cpu)',
    );
  });

  it('cuts what is long', () => {
    const tried = [{ name: 'cuda', outcome: 'x'.repeat(500) }, ran];
    assert.equal(formatProvider({ ran: 'cpu', tried }), `cpu (cuda: ${'x'.repeat(100)}…)`);
  });
});
