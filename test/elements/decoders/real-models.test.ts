// The whole way from a file to boxes with a real detector and a real classifier, against what Python, OpenCV and ONNX Runtime made
// of the same files. The files are not part of the project: without them this is skipped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sinkPad, srcPad } from '../../../src/core/element/pad-template.ts';
import type { AppSource } from '../../../src/elements/app/app-feed.ts';
import { builtinRegistry, createPipeline, loadGraph } from '../../../src/load-graph.ts';
import type { ClassificationRecord } from '../../../src/media/detection/classification-record.ts';
import type { DetectionRecord } from '../../../src/media/detection/detection-record.ts';
import type { Box } from '../../../src/media/detection/detections.ts';
import { intersectionOverUnion } from '../../../src/media/detection/intersection.ts';
import { rawVideo } from '../../../src/media/media-types.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { needsFfmpeg } from '../../media/reference-ffmpeg.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tinyElement } from '../../support/tiny-element.ts';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

interface Expected {
  readonly label: string;
  readonly score: number;
  readonly box: Box;
}

// From data/README.md: what holds across resamplers.
const LEAST_IOU = 0.95;
const MOST_DIFFERENCE = 0.02;
const THRESHOLD = 0.3;
/** So near to the threshold nothing is asserted. */
const MARGIN = 0.05;

const COCO =
  'person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush';

const yolox = {
  manifestVersion: 1,
  name: 'yolox-nano',
  file: `${data}models/yolox_nano_416.onnx`,
  inputs: {
    images: {
      role: 'image',
      dtype: 'float32',
      axes: ['batch', 'channel', 'height', 'width'],
      shape: [1, 3, 416, 416],
      preprocess: { fit: 'letterbox', anchor: 'topLeft', padValue: 114, channelOrder: 'BGR' },
    },
  },
  outputs: { output: { role: 'detections', dtype: 'float32', axes: ['batch', 'anchor', 'attribute'], shape: [1, 3549, 85] } },
  decoder: { type: 'yolox', scoreThreshold: THRESHOLD, iouThreshold: 0.45 },
  labels: COCO.split(','),
};

const shufflenet = {
  manifestVersion: 1,
  name: 'shufflenet',
  file: `${data}models/shufflenet_v2_int8.onnx`,
  inputs: {
    input: {
      role: 'image',
      dtype: 'float32',
      axes: ['batch', 'channel', 'height', 'width'],
      shape: [1, 3, 224, 224],
      preprocess: { fit: 'stretch', mean: [123.675, 116.28, 103.53], scale: [1 / 58.395, 1 / 57.12, 1 / 57.375] },
    },
  },
  outputs: { output: { role: 'logits', dtype: 'float32', axes: ['batch', 'class'], shape: [1, 1000] } },
  decoder: { type: 'classification' },
};

/** OpenCV turns every YUV into RGB by BT.601, whatever its tags and its size say. */
const asOpenCv = tinyElement('as-opencv', {
  pads: { sink: sinkPad(rawVideo()), src: srcPad(rawVideo()) },
  negotiate: { srcCaps: ({ sink: { sink } }) => [{ ...sink!, info: { ...sink!.info, matrix: 'bt601' } }] },
  create: ({ caps: { src } }) => ({ transform: (buffer) => buffer.derive({ caps: src! }) }),
});

describe('real models', function () {
  this.timeout(120_000);
  const at = temporaryFolder();
  before(function () {
    if (!existsSync(data)) this.skip();
  });

  /** Runs a graph that ends in JSON Lines; `feed` is what goes into its app-source, where it has one. */
  const run = async <Record>(model: object, launch: (model: string) => string, feed: readonly Uint8Array[] = []): Promise<Record[]> => {
    writeFileSync(at('model.json'), JSON.stringify(model));
    const registry = builtinRegistry().add([asOpenCv], 'test');
    const graph = await loadGraph({ launch: `${launch(at('model.json'))} ! json-lines-sink path=${at('out.jsonl')}` }, { registry });
    const arena = Arena.create();
    const pipeline = createPipeline(graph, { arena });
    await pipeline.open();
    const done = pipeline.run();
    if (feed.length > 0) {
      const source = pipeline.resource('app-source') as AppSource;
      for (const [index, bytes] of feed.entries()) await source.push(bytes, { pts: index * 40_000 });
      source.end();
    }
    await done;
    assert.equal(arena.statistics.slabsInUse, 0);
    return readFileSync(at('out.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record);
  };
  const detect = (source: string, feed?: readonly Uint8Array[]) =>
    run<DetectionRecord>(yolox, (model) => `${source} ! letterbox ! onnx-inference model=${model} ! detection-decoder ! nms`, feed);

  /** How many objects of one side have a partner on the other, and how many of these are not as near as they should be. */
  const compare = (what: string, pairs: readonly (readonly [DetectionRecord, readonly Expected[]])[]) => {
    const result = { count: 0, misfits: 0, leastIou: 1, mostDifference: 0 };
    for (const [{ width, height, detections }, objects] of pairs) {
      // The reference does not clip.
      const clip = ([left, top, right, bottom]: Box): Box => [
        Math.max(0, left),
        Math.max(0, top),
        Math.min(width, right),
        Math.min(height, bottom),
      ];
      const clipped = objects.map((one) => ({ ...one, box: clip(one.box) }));
      for (const [some, others] of [
        [clipped, detections],
        [detections, clipped],
      ] as const) {
        for (const one of some) {
          if (one.score < THRESHOLD + MARGIN) continue;
          const partners = others.filter(({ label }) => label === one.label);
          const overlaps = partners.map(({ box }) => intersectionOverUnion(box, one.box));
          const iou = Math.max(0, ...overlaps);
          const difference = Math.abs((partners[overlaps.indexOf(iou)]?.score ?? 1) - one.score);
          result.count++;
          if (iou < LEAST_IOU || difference > MOST_DIFFERENCE) result.misfits++;
          result.leastIou = Math.min(result.leastIou, iou);
          result.mostDifference = Math.max(result.mostDifference, difference);
        }
      }
    }
    if (process.env['LEAT_SHOW'] !== undefined) console.log(what, result);
    return result;
  };
  const expected = <T>(name: string): T => JSON.parse(readFileSync(`${data}expected/${name}`, 'utf8')) as T;

  describe('in a street, every fifth frame', () => {
    const street = `${data}video/london_street_1280x720.mp4`;
    const pairsOf = (found: readonly DetectionRecord[]) => {
      const { detections } = expected<{ detections: Record<string, Expected[]> }>('yolox_london_street_every5.json');
      assert.equal(found.length, Object.keys(detections).length);
      return Object.values(detections).map((objects, index) => [found[index]!, objects] as const);
    };

    it('find the same objects as the reference in the same pixels', async function () {
      needsFfmpeg(this);
      // The pixels that OpenCV gives to the bit: FFmpeg's fast conversion, which rounds down.
      const filter = 'select=not(mod(n\\,5)),scale=in_color_matrix=bt601:flags=bicubic';
      const options = ['-v', 'error', '-i', street, '-vf', filter, '-fps_mode', 'passthrough', '-pix_fmt', 'bgr24', '-f', 'rawvideo', '-'];
      const { stdout } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 28 });
      const size = 1280 * 720 * 3;
      const frames = Array.from({ length: stdout.length / size }, (_, index) => stdout.subarray(index * size, (index + 1) * size));
      const found = await detect('app-source caps="video/raw(format=BGR, width=1280, height=720)"', frames);
      const { count, misfits, leastIou, mostDifference } = compare('same pixels', pairsOf(found));
      assert.ok(count > 500 && mostDifference <= MOST_DIFFERENCE);
      // Where two candidates are as certain as one another to four digits, either may win.
      assert.ok(misfits <= 2 && leastIou > 0.9, `${misfits} of ${count} misfit, least IoU ${leastIou}`);
    });

    it('find nearly the same in pixels that are converted precisely', async () => {
      const found = await detect(`video-file-source path=${street} ! decimate every=5 ! as-opencv`);
      const { count, misfits } = compare('precise pixels', pairsOf(found));
      assert.ok(count > 500 && misfits < count / 10, `${misfits} of ${count} misfit`);
    });
  });

  it('find the same bottles as the reference', async () => {
    const [first] = await detect(`video-file-source path=${data}video/bottles_640x360.mp4 ! decimate every=100000 ! as-opencv`);
    const { count, misfits } = compare('bottles', [[first!, expected<Expected[]>('yolox_bottles_frame0.json')]]);
    assert.deepEqual({ count, misfits }, { count: 6, misfits: 0 });
  });

  it('find a dog, a bicycle and a car', async () => {
    const [picture] = await detect(`image-file-source path=${data}images/dog.jpg`);
    const known = [
      ['dog', 0.855],
      ['bicycle', 0.803],
      ['car', 0.798],
    ] as const;
    for (const [label, score] of known) {
      const best = picture!.detections.find((one) => one.label === label);
      assert.ok(best !== undefined && Math.abs(best.score - score) <= MOST_DIFFERENCE, `${label}: ${best?.score}`);
    }
  });

  it('tell a kitten from a mushroom', async () => {
    const top = expected<Record<string, Record<string, { label: string }[]>>>('classification_top5.json');
    const labels = readFileSync(`${data}models/imagenet_labels_1000.txt`, 'utf8').trim().split('\n');
    for (const [name, { 'shufflenet-v2-12-int8': reference }] of Object.entries(top)) {
      const source = `image-file-source path=${data}images/${name} ! resize width=256 height=256 ! crop x=16 y=16 width=224 height=224 ! frame-to-tensor`;
      const [record] = await run<ClassificationRecord>(
        { ...shufflenet, labels },
        (model) => `${source} ! onnx-inference model=${model} ! classification-decoder`,
      );
      assert.equal(record!.classifications[0]!.label, reference![0]!.label, name);
    }
  });
});
