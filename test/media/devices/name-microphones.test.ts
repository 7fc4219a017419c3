import assert from 'node:assert/strict';
import type { CaptureDevice } from '../../../src/media/devices/capture-device.ts';
import { namingMicrophones } from '../../../src/media/devices/name-microphones.ts';
import { MediaError } from '../../../src/media/media-error.ts';

describe('what is said of a microphone that cannot be opened', () => {
  const voice: CaptureDevice = { kind: 'microphone', device: 'voice', name: 'Voice', system: 'pulse', isDefault: true, modes: [] };
  const said = async (code: string, list: readonly CaptureDevice[]): Promise<string> =>
    ((await namingMicrophones(new MediaError(code, 'Cannot open microphone ear'), async () => list)) as Error).message;

  it('names those that are there', async () => {
    const other = { ...voice, device: 'hw:1,0', name: 'USB', system: 'alsa' };
    assert.equal(
      await said('media/no-device', [voice, other]),
      'Cannot open microphone ear; those here: voice (Voice, pulse), hw:1,0 (USB, alsa)',
    );
    assert.match(await said('media/busy', [voice]), /those here: voice/);
  });

  it('says that there are none', async () => {
    assert.equal(await said('media/no-device', []), 'Cannot open microphone ear; there is none here');
  });

  it('is what it is where no other name would help', async () => {
    assert.equal(await said('media/no-backend', [voice]), 'Cannot open microphone ear');
    const other = new TypeError('no');
    assert.equal(await namingMicrophones(other, () => assert.fail('nobody asks')), other);
  });
});
