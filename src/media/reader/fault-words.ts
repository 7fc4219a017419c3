// What is said of faults that every way to read media may find, by their codes: whoever reads, it is the same words.

/** Of what comes over the network. */
export const STREAM_FAULTS = {
  'media/refused': 'nothing listens there (connection refused); is it on, and is the port right?',
  'media/unauthorised': 'it wants a user and a password that it knows; put them before the host, user:password@host',
  'media/not-found': 'it has no such stream (not found); is the path right?',
  'media/timed-out': 'the other side does not answer in time; is it on, and is the way to it open?',
  'media/unreachable': 'there is no way to that host',
  'media/bad-url': 'its protocol is not one that can be read',
} as const;

export const FORBIDDEN = 'this user may not see it';

/** Of cameras and microphones. */
export const DEVICE_FAULTS = {
  'media/busy': 'another program uses it',
  'media/permission-denied': 'this user may not read it; on Linux, add it to the group video or audio',
  'media/no-device': 'there is no such device; leat devices lists those there are',
} as const;

/** Of files, and of what comes over the network, in which nothing is found that can be read. */
export const EXPECTED = {
  video: '; expected a video file such as MP4, Matroska, WebM, MOV, MPEG-TS or AVI',
  audio: '; expected a sound file such as WAV, MP3, FLAC, Ogg, Opus or M4A',
} as const;
