import assert from 'node:assert/strict';
import { chooseProcess } from '../../../src/media/gstreamer-binding/choose-process.ts';
import { loadSuperficial, type Superficial } from '../../../src/media/gstreamer-binding/superficial.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import type { LaunchInput } from '../../../src/media/reader/media-input.ts';

const line = (process?: 'auto' | 'own' | 'this'): LaunchInput => ({ kind: 'launch', line: 'videotestsrc', isLive: false, process });
const program = async () => ({ path: 'gst-launch-1.0', version: 'GStreamer 1.22.0', leash: [] });
const noProgram = async (): Promise<never> => {
  throw new MediaError('media/library-missing', 'there is no program gst-launch-1.0');
};
const binding = { version: '1.7.4' } as Superficial;
const load = (): Superficial => binding;
const noBinding = (): never => {
  throw new MediaError('media/library-missing', 'the package gstreamer-superficial is not installed');
};

describe('process of a launch line', () => {
  it('is its own where there is a program', async () => {
    const { binding: here, because } = await chooseProcess(line(), program, load);
    assert.equal(here, undefined);
    assert.equal(because, 'a process of its own, by gst-launch-1.0, GStreamer 1.22.0: what breaks down there takes nothing along');
    assert.match((await chooseProcess(line('own'), program, load)).because, /it was asked for$/);
  });

  it('is this one where that is asked for, or where there is only the package', async () => {
    const asked = await chooseProcess(line('this'), program, load);
    assert.equal(asked.binding, binding);
    assert.equal(asked.because, 'this process, by gstreamer-superficial 1.7.4: it was asked for');
    const only = await chooseProcess(line('auto'), noProgram, load);
    assert.equal(only.binding, binding);
    assert.equal(only.because, 'this process, by gstreamer-superficial 1.7.4: there is no program gst-launch-1.0');
  });

  it('is none where what is asked for is missing, or both are', async () => {
    await assert.rejects(chooseProcess(line('own'), noProgram, load), { message: 'there is no program gst-launch-1.0' });
    await assert.rejects(chooseProcess(line('this'), program, noBinding), {
      code: 'media/library-missing',
      message: 'Cannot run "videotestsrc" in this process: the package gstreamer-superficial is not installed',
    });
    await assert.rejects(chooseProcess(line(), noProgram, noBinding), {
      message: 'Cannot open "videotestsrc": there is no program gst-launch-1.0; and the package gstreamer-superficial is not installed',
    });
  });

  it('is never this one outside of the main thread, where loading the package would end it', () => {
    const never = (): never => assert.fail('it was loaded');
    assert.throws(() => loadSuperficial(never, false), { code: 'media/library-failed', message: /runs in the main thread only/ });
  });

  it('tells how to get the package where it is missing, and what it says where it does not load', () => {
    const failing = (message: string, code?: string) => (): never => {
      throw Object.assign(new Error(message), { code });
    };
    assert.throws(() => loadSuperficial(failing('Cannot find module', 'MODULE_NOT_FOUND')), {
      code: 'media/library-missing',
      message: /npm install gstreamer-superficial, .*libgstreamer1\.0-dev/,
    });
    assert.throws(() => loadSuperficial(failing('libgstapp-1.0.so.0: cannot open shared object file', 'ERR_DLOPEN_FAILED')), {
      code: 'media/library-failed',
      message: /does not load: libgstapp-1\.0\.so\.0/,
    });
  });
});
