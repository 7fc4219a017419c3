import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { decodeBody, encodeRecord, RECORD_HEAD } from '../../../src/media/recording/recording-format.ts';

/** The body of a record with any header, its checksum right. */
function decode(text: string, slab = Buffer.alloc(0)): unknown {
  const body = Buffer.concat([Buffer.alloc(4), Buffer.from(text), slab]);
  body.writeUInt32LE(Buffer.byteLength(text), 0);
  return decodeBody(body, crc32(body));
}

describe('recording format', () => {
  it('gives back what it has been given', () => {
    const header = { type: 'buffer', at: 3, slabs: [2] };
    const record = encodeRecord(header, [Buffer.from('ab')]);
    const decoded = decodeBody(record.subarray(RECORD_HEAD), record.readUInt32LE(4));
    assert.deepEqual(decoded, { header, slabs: [Buffer.from('ab')] });
  });

  it('calls damaged what is no record of its own, however right its checksum', () => {
    for (const text of ['', '{', 'null', '7', '{}', '{"type":"eos"}', '{"type":"buffer","at":1}'])
      assert.equal(decode(text), undefined, text);
    assert.equal(decode('{"type":"buffer","at":1,"slabs":[3]}', Buffer.from('ab')), undefined);
    assert.equal(decode('{"type":"eos","at":1}', Buffer.from('ab')), undefined);
  });
});
