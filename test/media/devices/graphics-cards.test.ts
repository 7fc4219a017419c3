import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { graphicsCards, readCards } from '../../../src/media/devices/graphics-cards.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('graphicsCards', function () {
  this.timeout(30_000);
  const at = temporaryFolder();

  it('takes from what nvidia-smi prints what a card tells of itself', () => {
    const printed = 'NVIDIA H100 80GB HBM3, 550.54.15, 81559, 31, 69.12\nOrin (nvgpu), 540.4.0, [N/A], [N/A], [Not Supported]\n\n';
    assert.deepEqual(readCards(printed), [
      { name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15', memoryMiB: 81559, temperatureC: 31, powerW: 69.12 },
      { name: 'Orin (nvgpu)', driver: '540.4.0' },
    ]);
    assert.deepEqual(readCards('No devices were found\n'), []);
  });

  it('asks the program, and the kernel for cards of others', async () => {
    writeFileSync(at('smi'), '#!/bin/sh\necho "GeForce, 550.1, 8192, 40, 12.5"\n');
    chmodSync(at('smi'), 0o755);
    for (const [card, maker, driver] of [
      ['card0', '0x8086', 'i915'],
      ['card1', '0x10de', 'nvidia'],
    ] as const) {
      mkdirSync(at(`drm/${card}/device`), { recursive: true });
      writeFileSync(at(`drm/${card}/device/vendor`), `${maker}\n`);
      writeFileSync(at(`drm/${card}/device/device`), '0x9a49\n');
      symlinkSync(`../../../drivers/${driver}`, at(`drm/${card}/device/driver`));
    }
    mkdirSync(at('drm/card0-HDMI-A-1'));
    const nvidia = { name: 'GeForce', driver: '550.1', memoryMiB: 8192, temperatureC: 40, powerW: 12.5 };
    const intel = { name: 'Intel 0x9a49', driver: 'i915' };
    assert.deepEqual(await graphicsCards({ program: at('smi'), root: at('drm') }), [nvidia, intel]);
    const asKernel = { name: 'NVIDIA 0x9a49', driver: 'nvidia' };
    assert.deepEqual(await graphicsCards({ program: at('none'), root: at('drm') }), [intel, asKernel]);
    assert.deepEqual(await graphicsCards({ program: at('none'), root: at('nowhere') }), []);
  });
});
