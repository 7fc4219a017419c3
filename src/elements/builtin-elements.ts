import { extname } from 'node:path';
import type { AnyElementDefinition } from '../core/element/define-element.ts';
import { appSink } from './app/app-sink.ts';
import { appSource } from './app/app-source.ts';
import { classificationDecoder } from './decoders/classification-decoder.ts';
import { detectionDecoder } from './decoders/detection-decoder.ts';
import { nms } from './decoders/nms.ts';
import { drawDetections } from './draw/draw-detections.ts';
import { capsFilter } from './flow/caps-filter.ts';
import { clockSync } from './flow/clock-sync.ts';
import { decimate } from './flow/decimate.ts';
import { flowLimiter } from './flow/flow-limiter.ts';
import { funnel } from './flow/funnel.ts';
import { identity } from './flow/identity.ts';
import { pace } from './flow/pace.ts';
import { queue } from './flow/queue.ts';
import { resample } from './flow/resample.ts';
import { streamDemux } from './flow/stream-demux.ts';
import { streamMux } from './flow/stream-mux.ts';
import { tee } from './flow/tee.ts';
import { throttle } from './flow/throttle.ts';
import { valve } from './flow/valve.ts';
import { attachClasses } from './fusion/attach-classes.ts';
import { cropByBoxes } from './fusion/crop-by-boxes.ts';
import { gate } from './fusion/gate.ts';
import { join } from './fusion/join.ts';
import { switchElement } from './fusion/switch.ts';
import { tensorAggregate } from './fusion/tensor-aggregate.ts';
import { tensorIf } from './fusion/tensor-if.ts';
import { tensorMerge } from './fusion/tensor-merge.ts';
import { tensorSplit } from './fusion/tensor-split.ts';
import { fakeInference } from './inference/fake-inference.ts';
import { onnxInference } from './inference/onnx-inference.ts';
import { crop } from './preprocess/crop.ts';
import { frameToTensor } from './preprocess/frame-to-tensor.ts';
import { gstreamerFilter } from './preprocess/gstreamer-filter.ts';
import { letterbox } from './preprocess/letterbox.ts';
import { normalize } from './preprocess/normalize.ts';
import { resize } from './preprocess/resize.ts';
import { fakeSink } from './sinks/fake-sink.ts';
import { imageFileSink } from './sinks/image-file-sink.ts';
import { jsonLinesSink } from './sinks/json-lines-sink.ts';
import { record } from './sinks/record.ts';
import { reportSink } from './sinks/report-sink.ts';
import { videoFileSink } from './sinks/video-file-sink.ts';
import { audioFileSource } from './sources/audio-file-source.ts';
import { audioTestSource } from './sources/audio-test-source.ts';
import { avFileSource } from './sources/av-file-source.ts';
import { cameraSource } from './sources/camera-source.ts';
import { directorySource } from './sources/directory-source.ts';
import { fakeSource } from './sources/fake-source.ts';
import { gstreamerSource } from './sources/gstreamer-source.ts';
import { httpSource } from './sources/http-source.ts';
import { imageFileSource } from './sources/image-file-source.ts';
import { microphoneSource } from './sources/microphone-source.ts';
import { mqttSource } from './sources/mqtt-source.ts';
import { pointCloudSource } from './sources/point-cloud-source.ts';
import { replay } from './sources/replay.ts';
import { rtspSource } from './sources/rtsp-source.ts';
import { stdinSource } from './sources/stdin-source.ts';
import { tensorFileSource } from './sources/tensor-file-source.ts';
import { textLinesSource } from './sources/text-lines-source.ts';
import { videoFileSource } from './sources/video-file-source.ts';
import { videoTestSource } from './sources/video-test-source.ts';
import { websocketSource } from './sources/websocket-source.ts';

/** By the folder that their files are in. */
const byFolder: Readonly<Record<string, readonly AnyElementDefinition[]>> = {
  app: [appSink, appSource],
  decoders: [classificationDecoder, detectionDecoder, nms],
  draw: [drawDetections],
  flow: [
    capsFilter,
    clockSync,
    decimate,
    flowLimiter,
    funnel,
    identity,
    pace,
    queue,
    resample,
    streamDemux,
    streamMux,
    tee,
    throttle,
    valve,
  ],
  fusion: [attachClasses, cropByBoxes, gate, join, switchElement, tensorAggregate, tensorIf, tensorMerge, tensorSplit],
  inference: [fakeInference, onnxInference],
  preprocess: [crop, frameToTensor, gstreamerFilter, letterbox, normalize, resize],
  sinks: [fakeSink, imageFileSink, jsonLinesSink, record, reportSink, videoFileSink],
  sources: [
    audioFileSource,
    audioTestSource,
    avFileSource,
    cameraSource,
    directorySource,
    fakeSource,
    gstreamerSource,
    httpSource,
    imageFileSource,
    microphoneSource,
    mqttSource,
    pointCloudSource,
    replay,
    rtspSource,
    stdinSource,
    tensorFileSource,
    textLinesSource,
    videoFileSource,
    videoTestSource,
    websocketSource,
  ],
};

/** The elements that come with Leat. */
export const builtinElements: readonly AnyElementDefinition[] = Object.values(byFolder).flat();

/** The address of the module of each: what a worker thread imports to have that element, and no other. */
export const builtinModules: ReadonlyMap<AnyElementDefinition, string> = new Map(
  Object.entries(byFolder).flatMap(([folder, definitions]) =>
    definitions.map((one) => [one, new URL(`./${folder}/${one.name}${extname(import.meta.url)}`, import.meta.url).href]),
  ),
);
