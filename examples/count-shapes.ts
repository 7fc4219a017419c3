// A program around a graph: it builds the graph in TypeScript, where the compiler checks its links, and reads what comes out.
import {
  type AppSink,
  appSink,
  createPipeline,
  type DetectionSet,
  detectionDecoder,
  graph,
  letterbox,
  nms,
  onnxInference,
  videoFileSource,
} from 'leat';

const g = graph('Counts the shapes in a video.');
g.add(videoFileSource, { path: 'media/shapes.mp4' })
  .to(g.add(letterbox))
  .to(g.add(onnxInference, { model: 'models/shapes' }))
  .to(g.add(detectionDecoder))
  .to(g.add(nms))
  .to(g.add(appSink, {}, { name: 'found' }));

const pipeline = createPipeline(await g.open());
await pipeline.open();
const run = pipeline.run();
const counts = new Map<string, number>();
for await (const { value } of pipeline.resource<AppSink<DetectionSet>>('found')) {
  for (const { label } of value.items) counts.set(label, (counts.get(label) ?? 0) + 1);
}
const { runTime } = await run;
console.log(Object.fromEntries([...counts].sort()), `in ${(runTime / 1e6).toFixed(2)} s`);
