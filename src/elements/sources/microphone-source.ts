// Hears a microphone, or another source of sound, of this machine: by PulseAudio, PipeWire or ALSA on Linux, by AVFoundation on macOS,
// by DirectShow on Windows. `leat devices` lists those there are.
//
// src: audio/raw, all channels side by side, in buffers of one length; pts in microseconds, of running time, by the count of samples:
// each buffer ends where the next begins. `meta.capturedAt` is the wall clock's time of its first sample. Sound that nobody took in time,
// or that the device lost, is counted as `overrun`, a gap stands for it, and the buffer after it is `discont`. A microphone that is
// unplugged is opened anew once it is there again, with a raised epoch; one that is not there at the start does not keep the graph
// from starting.
//
// Its clock may lead the graph: it goes as samples are counted, and on as before while there are none.
//
// Errors: those of a microphone that is not there, busy or not permitted are warnings, `media/reconnecting`, which name those that are
// there, and another attempt. `media/muted` warns of nothing but zeros. `media/no-backend` at the start.
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { liveSound } from '../../media/live-sound/live-sound.ts';
import { rawAudio } from '../../media/media-types.ts';
import { audioProps } from '../../media/reader/audio-props.ts';
import { backendProps } from '../../media/reader/backend-props.ts';
import { liveProps } from '../../media/reader/live-props.ts';

const props = z.strictObject({
  device: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Which microphone, as `leat devices` names it: a name of the sound server's, hw:1,0. Default: the system's." }),
  system: z.enum(['pulse', 'alsa']).optional().meta({
    description:
      "Through what it is reached on Linux. pulse: PulseAudio, or PipeWire in its place; alsa: ALSA. Default: alsa for names of ALSA's, such as hw:1,0; else pulse where a server is there.",
  }),
  server: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "PulseAudio's server: unix:/run/pulse/native, tcp:studio.local. Default: that of the session." }),
  ...audioProps,
  muteAfterMs: z
    .number()
    .min(0)
    .max(3_600_000)
    .default(10_000)
    .meta({ description: 'For how long there have to be nothing but zeros before that is told, in milliseconds; 0 never tells.' }),
  clock: z
    .boolean()
    .default(true)
    .meta({ description: 'Provides a clock for the graph that goes as its samples come, so that nothing drifts from its sound.' }),
  ...liveProps,
  ...backendProps,
});

export const microphoneSource = defineElement({
  name: 'microphone-source',
  klass: 'Source/Audio/Microphone',
  summary: 'Hears a microphone of this machine, and opens it anew whenever it was away.',
  example: 'microphone-source rate=16000 channels=1 ! fake-sink',
  props,
  pads: { src: srcPad(rawAudio()) },
  live: true,
  ...liveSound(),
});
