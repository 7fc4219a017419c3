import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { soundSystem } from '../../../src/media/devices/sound-system.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('sound system of a microphone', () => {
  const at = temporaryFolder();

  it('is the one that is asked for', () => {
    assert.equal(soundSystem({ system: 'alsa', server: undefined }, { PULSE_SERVER: 'tcp:studio' }, 'linux'), 'alsa');
    assert.equal(soundSystem({ system: 'pulse' }, {}, 'linux'), 'pulse');
    assert.equal(soundSystem({ server: 'tcp:studio' }, {}, 'linux'), 'pulse');
  });

  it("is ALSA for its names, and the server's for all others", () => {
    const env = { PULSE_SERVER: 'tcp:studio' };
    for (const device of ['hw:1,0', 'plughw:CARD=U0x46d', 'sysdefault:CARD=1']) {
      assert.equal(soundSystem({ device }, env, 'linux'), 'alsa', device);
    }
    for (const device of [undefined, 'default', 'alsa_input.usb-046d_HD_Pro-02.analog-stereo', 'bluez_input.00_1B_66', 'voice']) {
      assert.equal(soundSystem({ device }, env, 'linux'), 'pulse', device);
    }
  });

  it('is that of the server whose socket is there, in the folder of the session', () => {
    mkdirSync(at('pulse'));
    writeFileSync(at('pulse', 'native'), '');
    assert.equal(soundSystem({}, { XDG_RUNTIME_DIR: at() }, 'linux'), 'pulse');
    assert.equal(soundSystem({}, { PULSE_RUNTIME_PATH: at('pulse') }, 'linux'), 'pulse');
  });

  it('is left to FFmpeg where there is only one', () => {
    assert.equal(soundSystem({}, {}, 'darwin'), undefined);
    assert.equal(soundSystem({ device: 'hw:0' }, {}, 'win32'), undefined);
  });
});
