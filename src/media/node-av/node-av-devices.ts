// The cameras and microphones that the kernel knows, by node-av.
import { avGetPixFmtName, avGetSampleFmtName, Device } from 'node-av/lib';
import type { CaptureDevice, CaptureMode } from '../devices/capture-device.ts';
import { alsaHindrance } from './alsa-environment.ts';

/** @throws Error where node-av is not installed. */
export function nodeAvDevices(): CaptureDevice[] {
  alsaHindrance();
  return Device.listSync().flatMap(({ type, name, description, isDefault }): CaptureDevice[] => {
    if (type === 'screen') return [];
    const kind = type === 'video' ? 'camera' : 'microphone';
    const system = kind === 'camera' ? Device.getVideoFormat() : Device.getAudioFormat();
    return [{ kind, device: name, name: description, system, isDefault, modes: kind === 'camera' ? pictureModes(name) : soundModes(name) }];
  });
}

/** A device that is busy tells nothing of its modes. */
function told<T>(ask: () => T[]): T[] {
  try {
    return ask();
  } catch {
    return [];
  }
}

function pictureModes(device: string): CaptureMode[] {
  return told(() => Device.modesSync(device)).map(({ width, height, minFrameRate, maxFrameRate, pixelFormat }) => ({
    width,
    height,
    frameRates: [minFrameRate, maxFrameRate] as const,
    format: avGetPixFmtName(pixelFormat) ?? undefined,
  }));
}

function soundModes(device: string): CaptureMode[] {
  return told(() => Device.audioModesSync(device)).map(({ sampleRate: rate, channels, sampleFormat }) => ({
    rate,
    channels,
    format: avGetSampleFmtName(sampleFormat) ?? undefined,
  }));
}
