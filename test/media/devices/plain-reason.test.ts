import assert from 'node:assert/strict';
import { plainReason } from '../../../src/media/devices/plain-reason.ts';

describe('plainReason', () => {
  it('says what is missing, without paths told twice and places in sources', () => {
    const library = '/opt/ort/libonnxruntime_providers_cuda.so';
    const said = `Failed to load library ${library} with error: libcublasLt.so.12: cannot open shared object file`;
    assert.equal(plainReason(said), 'it cannot load libcublasLt.so.12: cannot open shared object file');
    const own = `Failed to load library ${library} with error: ${library}: cannot open shared object file`;
    assert.equal(plainReason(own), 'it cannot load libonnxruntime_providers_cuda.so: cannot open shared object file');
    const inSources =
      '/src/webgpu_context.cc:136 void Initialize(const Config&)::<lambda()> a == B::Success was false. No supported adapters';
    assert.equal(plainReason(inSources), 'No supported adapters');
    assert.equal(plainReason('not built in'), 'not built in');
  });
});
