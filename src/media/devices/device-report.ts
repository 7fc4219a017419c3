// What a machine can see, hear and compute with, as `leat devices --json` writes it. This declaration is the source of
// schemas/devices.schema.json.
import { z } from 'zod';
import { BACKENDS } from '../reader/media-backend.ts';

const mode = z.object({
  width: z.int().min(1).optional().meta({ description: 'Pixels; of cameras.' }),
  height: z.int().min(1).optional().meta({ description: 'Pixels; of cameras.' }),
  frameRates: z.tuple([z.number(), z.number()]).optional().meta({ description: 'The fewest and the most frames a second; of cameras.' }),
  rate: z.number().optional().meta({ description: 'Samples a second; of microphones.' }),
  channels: z.int().optional().meta({ description: 'Of microphones.' }),
  format: z.string().optional().meta({ description: "FFmpeg's name of how pictures or samples come." }),
});

const device = z.object({
  kind: z.enum(['camera', 'microphone']),
  device: z.string().meta({ description: 'What `device` of camera-source and microphone-source takes.' }),
  name: z.string().meta({ description: 'What its maker, or the system, calls it.' }),
  system: z.string().meta({ description: 'Through what it is reached: v4l2, alsa, avfoundation, dshow, pulse.' }),
  isDefault: z.boolean(),
  modes: z.array(mode).meta({ description: 'Empty where the system does not tell.' }),
});

const accelerator = z.object({
  provider: z.string().meta({ description: 'As `providers` of onnx-inference names it.' }),
  works: z.boolean().meta({ description: 'Whether it has run a tiny model here, just now.' }),
  reason: z.string().optional().meta({ description: 'Why it does not.' }),
  tookMs: z.number().optional().meta({ description: 'How long it took to load the tiny model and to run it, in milliseconds.' }),
});

const inference = z.object({
  name: z.string().meta({ description: 'As `backend` of onnx-inference names it.' }),
  version: z.string().optional().meta({ description: 'Left out where it is missing, or does not tell.' }),
  missing: z.string().optional().meta({ description: 'What would bring it.' }),
  because: z.string().meta({ description: 'Why `auto` takes it, or does not.' }),
});

const backend = z.object({
  name: z.enum(BACKENDS).meta({ description: 'As `backend` of sources names it.' }),
  summary: z.string(),
  version: z.string().optional().meta({ description: 'Left out where it is missing.' }),
  missing: z.string().optional().meta({ description: 'What would bring it.' }),
  because: z.string().meta({ description: 'Why `auto` takes it for a file, or does not.' }),
});

const graphicsCard = z.object({
  name: z.string(),
  driver: z.string().optional(),
  memoryMiB: z.number().optional(),
  temperatureC: z.number().optional().meta({ description: 'Degrees Celsius.' }),
  powerW: z.number().optional().meta({ description: 'Watts.' }),
});

const sensor = z.object({
  kind: z.enum(['temperature', 'power']),
  name: z.string().meta({ description: 'What its driver calls it.' }),
  value: z.number().meta({ description: 'Degrees Celsius, or watts.' }),
});

export const deviceReport = z.object({
  devices: z.array(device).meta({ description: 'Cameras and microphones.' }),
  accelerators: z.array(accelerator).meta({ description: 'The execution providers that ONNX Runtime is built with.' }),
  graphicsCards: z.array(graphicsCard),
  sensors: z.array(sensor),
  inference: z.array(inference).meta({ description: 'Ways to run models.' }),
  backends: z.array(backend).meta({ description: 'Ways to read media.' }),
  remarks: z.array(z.string()).meta({ description: 'Why something could not be looked for.' }),
});

export type AcceleratorReport = z.output<typeof accelerator>;
export type InferenceReport = z.output<typeof inference>;
export type BackendReport = z.output<typeof backend>;
export type GraphicsCard = z.output<typeof graphicsCard>;
export type Sensor = z.output<typeof sensor>;
