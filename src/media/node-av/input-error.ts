// What FFmpeg's numbers mean for somebody whose camera does not answer.
import {
  AVERROR_EACCES,
  AVERROR_EBUSY,
  AVERROR_EIO,
  AVERROR_ENODEV,
  AVERROR_ENOENT,
  AVERROR_EPERM,
  AVERROR_EXIT,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_UNAUTHORIZED,
  AVERROR_PROTOCOL_NOT_FOUND,
} from 'node-av/constants';
import { FFmpegError } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import { DEVICE_FAULTS, FORBIDDEN, STREAM_FAULTS } from '../reader/fault-words.ts';
import { type MediaInput, shownInput } from '../reader/media-input.ts';

/** Linux's numbers, where FFmpeg has no names for them. */
const REFUSED = -111;
export const TIMED_OUT = -110;
const NO_HOST = -113;
const NO_NETWORK = -101;

interface Meaning {
  readonly code: string;
  readonly text: string;
}

const OF_STREAMS: ReadonlyMap<number, Meaning> = new Map([
  [REFUSED, { code: 'media/refused', text: STREAM_FAULTS['media/refused'] }],
  [TIMED_OUT, { code: 'media/timed-out', text: STREAM_FAULTS['media/timed-out'] }],
  [AVERROR_EXIT, { code: 'media/timed-out', text: STREAM_FAULTS['media/timed-out'] }],
  [NO_HOST, { code: 'media/unreachable', text: STREAM_FAULTS['media/unreachable'] }],
  [NO_NETWORK, { code: 'media/unreachable', text: 'there is no way to that network' }],
  [AVERROR_HTTP_UNAUTHORIZED, { code: 'media/unauthorised', text: STREAM_FAULTS['media/unauthorised'] }],
  [AVERROR_HTTP_FORBIDDEN, { code: 'media/unauthorised', text: FORBIDDEN }],
  [AVERROR_HTTP_NOT_FOUND, { code: 'media/not-found', text: STREAM_FAULTS['media/not-found'] }],
  [AVERROR_PROTOCOL_NOT_FOUND, { code: 'media/bad-url', text: STREAM_FAULTS['media/bad-url'] }],
]);

const OF_DEVICES: ReadonlyMap<number, Meaning> = new Map([
  [AVERROR_EBUSY, { code: 'media/busy', text: DEVICE_FAULTS['media/busy'] }],
  [AVERROR_ENOENT, { code: 'media/no-device', text: DEVICE_FAULTS['media/no-device'] }],
  [AVERROR_ENODEV, { code: 'media/no-device', text: 'the device is gone' }],
  [AVERROR_EIO, { code: 'media/no-device', text: 'the device cannot be read; is it still there?' }],
  [AVERROR_EACCES, { code: 'media/permission-denied', text: DEVICE_FAULTS['media/permission-denied'] }],
  [AVERROR_EPERM, { code: 'media/permission-denied', text: DEVICE_FAULTS['media/permission-denied'] }],
]);

/** @param fallback The error's code where FFmpeg's number says nothing special. */
export function inputError(input: MediaInput, number: number, fallback: string, task = 'open', expected = ''): MediaError {
  const meaning = (input.kind === 'network' ? OF_STREAMS : input.kind === 'file' ? undefined : OF_DEVICES)?.get(number);
  const said = FFmpegError.strerror(number);
  return new MediaError(
    meaning?.code ?? fallback,
    `Cannot ${task} ${shownInput(input)}: ${meaning?.text ?? said}${meaning === undefined ? expected : ''}`,
  );
}
