import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { PipeBytes } from '../../../src/media/child/pipe-bytes.ts';

describe('PipeBytes', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index + 1);

  it('reads into shared memory, however pieces come and lie', async () => {
    const pipe = new PassThrough();
    const reading = new PipeBytes(pipe);
    const target = new Uint8Array(new SharedArrayBuffer(64), 5, 40);
    const filled = reading.readInto(target);
    for (const [from, to] of [
      [0, 3],
      [3, 4],
      [4, 17],
      [17, 100],
    ] as const) {
      pipe.write(bytes.subarray(from, to));
    }
    assert.equal(await filled, 40);
    assert.deepEqual(Array.from(target), Array.from(bytes.subarray(0, 40)));
    const rest = new Uint8Array(10);
    // What is longer than the memory is passed over, and ends before what was wanted.
    pipe.end();
    assert.equal(await reading.readInto(rest, 70), 60);
    assert.deepEqual(Array.from(rest), Array.from(bytes.subarray(40, 50)));
    assert.equal(await reading.readInto(rest), 0);
  });
});
