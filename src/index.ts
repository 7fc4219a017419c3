// The public surface of Leat: what applications, plugins and the launcher build on.

export {
  type Caps,
  type CapsStructure,
  caps,
  type FixedCaps,
  fixateCaps,
  formatCaps,
  intersectCaps,
  isFixedCaps,
} from './core/caps/caps.ts';
export type { CapsChoice, CapsRange, CapsScalar, CapsValue } from './core/caps/caps-value.ts';
export type { ElementSummary, QueueSummary } from './core/counts/statistics.ts';
export type { PipelineSummary } from './core/counts/summary.ts';
export { editSchema } from './core/edit/edit-schema.ts';
export { type GraphAddition, type GraphEdit, graphEdit } from './core/edit/graph-edit.ts';
export { type AnyElementDefinition, defineElement, type ElementDefinition } from './core/element/define-element.ts';
export type { Element } from './core/element/element.ts';
export type { ElementContext } from './core/element/element-context.ts';
export { anyMedia, type MediaType, type PadTemplate, sinkPad, srcPad } from './core/element/pad-template.ts';
export type { OpenQuarantine, QuarantineStore, SetAside } from './core/element/quarantine.ts';
export { AbortedError, ElementError, formatIssue, GraphError, type Issue, type Place } from './core/errors.ts';
export { type ElementHandle, type ElementSettings, GraphBuilder, graph, type PadHandle } from './core/graph/graph-builder.ts';
export type { ElementDescription, GraphDescription, GraphInput } from './core/graph/graph-description.ts';
export { graphSchema, type JsonSchema, propsSchema } from './core/graph/graph-schema.ts';
export { isLaunchString } from './core/graph/launch-string.ts';
export { loadPlugins } from './core/graph/load-plugins.ts';
export { nearestName } from './core/graph/nearest-name.ts';
export type { GraphSource, OpenedGraph } from './core/graph/open-graph.ts';
export { Registry } from './core/graph/registry.ts';
export type { Message, MessageType, PipelineState } from './core/pipeline/message.ts';
export { Pipeline } from './core/pipeline/pipeline.ts';
export type { PipelineOptions } from './core/pipeline/pipeline-options.ts';
export { keepSecret, withoutSecrets } from './core/secrets.ts';
export { StreamBuffer } from './core/stream/buffer.ts';
export type { Flow, FlowReturn } from './core/stream/flow-return.ts';
export { OnPad } from './core/stream/on-pad.ts';
export { Skipped } from './core/stream/skipped.ts';
export { type Clock, SystemClock } from './core/time/clock.ts';
export { formatDuration, type Microseconds, parseDuration } from './core/time/time.ts';
export type { AppSource } from './elements/app/app-feed.ts';
export type { AppSink } from './elements/app/app-reader.ts';
export { appSink } from './elements/app/app-sink.ts';
export { appSource } from './elements/app/app-source.ts';
export { builtinElements } from './elements/builtin-elements.ts';
export { classificationDecoder } from './elements/decoders/classification-decoder.ts';
export { detectionDecoder, detectionDecoderOf } from './elements/decoders/detection-decoder.ts';
export { nms } from './elements/decoders/nms.ts';
export { drawDetections } from './elements/draw/draw-detections.ts';
export { capsFilter } from './elements/flow/caps-filter.ts';
export { clockSync } from './elements/flow/clock-sync.ts';
export { decimate } from './elements/flow/decimate.ts';
export { flowLimiter } from './elements/flow/flow-limiter.ts';
export { funnel } from './elements/flow/funnel.ts';
export { identity } from './elements/flow/identity.ts';
export { pace } from './elements/flow/pace.ts';
export { queue } from './elements/flow/queue.ts';
export { resample } from './elements/flow/resample.ts';
export { streamDemux } from './elements/flow/stream-demux.ts';
export { streamMux } from './elements/flow/stream-mux.ts';
export { tee } from './elements/flow/tee.ts';
export { throttle } from './elements/flow/throttle.ts';
export { valve } from './elements/flow/valve.ts';
export { attachClasses } from './elements/fusion/attach-classes.ts';
export { cropByBoxes } from './elements/fusion/crop-by-boxes.ts';
export { gate } from './elements/fusion/gate.ts';
export { join } from './elements/fusion/join.ts';
export { switchElement as switch } from './elements/fusion/switch.ts';
export { tensorAggregate } from './elements/fusion/tensor-aggregate.ts';
export { tensorIf } from './elements/fusion/tensor-if.ts';
export { tensorMerge } from './elements/fusion/tensor-merge.ts';
export { tensorSplit } from './elements/fusion/tensor-split.ts';
export { fakeInference } from './elements/inference/fake-inference.ts';
export { onnxInference } from './elements/inference/onnx-inference.ts';
export { crop } from './elements/preprocess/crop.ts';
export { frameToTensor } from './elements/preprocess/frame-to-tensor.ts';
export { gstreamerFilter } from './elements/preprocess/gstreamer-filter.ts';
export { letterbox } from './elements/preprocess/letterbox.ts';
export { normalize } from './elements/preprocess/normalize.ts';
export { resize } from './elements/preprocess/resize.ts';
export { fakeSink } from './elements/sinks/fake-sink.ts';
export { imageFileSink } from './elements/sinks/image-file-sink.ts';
export { jsonLinesSink } from './elements/sinks/json-lines-sink.ts';
export { record } from './elements/sinks/record.ts';
export { reportSink } from './elements/sinks/report-sink.ts';
export { videoFileSink } from './elements/sinks/video-file-sink.ts';
export { audioFileSource } from './elements/sources/audio-file-source.ts';
export { audioTestSource } from './elements/sources/audio-test-source.ts';
export { avFileSource } from './elements/sources/av-file-source.ts';
export { cameraSource } from './elements/sources/camera-source.ts';
export { directorySource } from './elements/sources/directory-source.ts';
export { fakeSource } from './elements/sources/fake-source.ts';
export { gstreamerSource } from './elements/sources/gstreamer-source.ts';
export { httpSource } from './elements/sources/http-source.ts';
export { imageFileSource } from './elements/sources/image-file-source.ts';
export { microphoneSource } from './elements/sources/microphone-source.ts';
export { mqttSource } from './elements/sources/mqtt-source.ts';
export { pointCloudSource } from './elements/sources/point-cloud-source.ts';
export { replay } from './elements/sources/replay.ts';
export { rtspSource } from './elements/sources/rtsp-source.ts';
export { stdinSource } from './elements/sources/stdin-source.ts';
export { tensorFileSource } from './elements/sources/tensor-file-source.ts';
export { textLinesSource } from './elements/sources/text-lines-source.ts';
export { videoFileSource } from './elements/sources/video-file-source.ts';
export { videoTestSource } from './elements/sources/video-test-source.ts';
export { websocketSource } from './elements/sources/websocket-source.ts';
export { formatShape } from './inference/check-tensors.ts';
export { describeModel, type ModelDescription, type TensorDescription } from './inference/describe-model.ts';
export { findModels } from './inference/find-models.ts';
export { type Manifest, manifestSchema } from './inference/manifest.ts';
export { builtinRegistry, type CreatePipelineOptions, checkGraph, createPipeline, type LoadOptions, loadGraph } from './load-graph.ts';
export type { Classification, ClassificationSet } from './media/detection/classifications.ts';
export type { Box, Detection, DetectionSet } from './media/detection/detections.ts';
export { type DenseBlock, readDense } from './media/detection-heads/dense-read.ts';
export {
  type AnyDetectionHead,
  type DetectionHead,
  defineHead,
  type HeadOutput,
  type HeadPlan,
  type HeadTask,
  Misfit,
} from './media/detection-heads/detection-head.ts';
export { detectionHeads } from './media/detection-heads/detection-heads.ts';
export { type Grid, gridOf, outputOf } from './media/detection-heads/head-outputs.ts';
export type { CaptureDevice, CaptureMode } from './media/devices/capture-device.ts';
export { deviceReport } from './media/devices/device-report.ts';
export { type DeviceReport, listDevices } from './media/devices/list-devices.ts';
export { type FrameLayout, frameLayout, VIDEO_FORMATS, type VideoFormat } from './media/frame-layout.ts';
export { type Affine, composeAffine, type Geometry, invertAffine } from './media/geometry.ts';
export { bufferOf, type JoinedInfo, type JoinedPart, type JoinedSet } from './media/joined.ts';
export {
  classifications,
  detections,
  eitherOf,
  joined,
  pointCloud,
  rawAudio,
  rawVideo,
  tensor,
  tensors,
  text,
  type VideoInfo,
} from './media/media-types.ts';
export { type MediaRecord, mediaRecords } from './media/output/media-record.ts';
export { makeFolderOf, outputError } from './media/output/output-file.ts';
export type { TensorReader } from './media/tensor/tensor-reader.ts';
export type { TensorSet, TensorView } from './media/tensor/tensor-set.ts';
export type { TextItem } from './media/text/text-item.ts';
export { Arena } from './memory/arena.ts';
export { Pool } from './memory/pool.ts';
export { Slab } from './memory/slab.ts';
export type { BrokenInvariant, Invariant } from './simulation/broken-invariant.ts';
export { type Exploration, type ExploreOptions, explore } from './simulation/explore.ts';
export type { Strike } from './simulation/fault-injector.ts';
export { type Fault, type FaultPlan, type FaultPlanInput, faultPlan } from './simulation/fault-plan.ts';
export { type SimulationOptions, type SimulationRun, simulate } from './simulation/simulate.ts';
export { MAX_SEED, type SimulationCase, type SimulationCaseInput, simulationCase } from './simulation/simulation-case.ts';
export { ThreadBudget } from './threads/thread-budget.ts';
