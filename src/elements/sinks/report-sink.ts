// Writes a page about the run when it is over: one HTML file with numbers, plots and pictures that needs nothing else.
//
// video: video/raw, frames to show some of, best without anything drawn on them; detections: detections of the same source,
// which are counted and drawn over the pictures. Either may be left out. Neither is waited for: the sink takes what comes when
// it comes, and holds no frame.
//
// It keeps a fixed amount however long the graph runs: a timeline of 256 columns and 32 classes, two histograms, and about 34
// small pictures (30 MB at most), of which it shows the 8 most evenly spread and the 4 with the most objects. The page is
// written once every other sink has finished, under a temporary name until it is complete. A run that fails leaves none.
//
// Errors: `media/folder-missing`, `media/permission-denied`, `media/is-folder`, `media/disk-full`, `media/same-file`. Where the
// package that encodes pictures is missing there is a warning, `media/library-missing`, and a page without pictures.
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { sinkPad } from '../../core/element/pad-template.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { DetectionSet } from '../../media/detection/detections.ts';
import { frameLayout, type VideoFormat } from '../../media/frame-layout.ts';
import { MediaError } from '../../media/media-error.ts';
import { detections, rawVideo, type VideoInfo } from '../../media/media-types.ts';
import { makeFolderOf } from '../../media/output/output-file.ts';
import { beginWholeFile, type WholeFile } from '../../media/output/whole-file.ts';
import { encodePictures } from '../../report/encode-pictures.ts';
import type { FramePicture } from '../../report/frame-gallery.ts';
import { frameShrinker } from '../../report/frame-shrinker.ts';
import { makeReport } from '../../report/report.ts';
import { reportPage } from '../../report/report-page.ts';
import { RunRecord } from '../../report/run-record.ts';

const props = z.strictObject({
  path: z.string().min(1).meta({ description: 'The file, ending in .html; relative paths are relative to the current folder.' }),
  title: z.string().min(1).optional().meta({ description: "The page's heading. Default: the graph's description." }),
});

/** What outlives a change of caps: made when they are first known. */
interface Running {
  record: RunRecord | undefined;
  file: WholeFile | undefined;
}

export const reportSink = defineElement({
  name: 'report-sink',
  klass: 'Sink/Report',
  summary: 'Writes a page about the run: numbers, plots and pictures in one HTML file.',
  example:
    'video-test-source name=v count=100 ! tee name=t ! r.video  t. ! letterbox ! onnx-inference model=models/shapes ! detection-decoder ! nms ! r.detections  report-sink name=r path=out/report.html',
  props,
  pads: { video: sinkPad(rawVideo(), { optional: true }), detections: sinkPad(detections(), { optional: true }) },
  files: ({ path }) => ({ writes: [path], makesFolders: true }),
  open: ({ props, context }): Running => {
    context.writes(resolve(context.outputFolder, props.path));
    return { record: undefined, file: undefined };
  },
  close: ({ record, file }) => {
    record?.close();
    file?.abandon();
  },
  create: ({ props, resource, caps, context }) => {
    const { arena, clock, outputFolder } = context;
    const path = resolve(outputFolder, props.path);
    const { video } = caps as Partial<typeof caps>;
    resource.file ??= begin(path);
    resource.record ??= new RunRecord({ hasVideo: video !== undefined, hasDetections: 'detections' in caps });
    const { record, file } = resource;
    const fields = video?.fields as { format: VideoFormat; width: number; height: number } | undefined;
    const layout = fields && frameLayout(fields.format, fields.width, fields.height);
    const shrinker = layout && frameShrinker(arena, layout, video?.info as Partial<VideoInfo> | undefined);
    return {
      render: (buffer: StreamBuffer) => {
        if (buffer.caps.media === 'detections') record.addDetections(buffer as StreamBuffer<DetectionSet>, clock.now());
        else record.addFrame(buffer, clock.now(), () => shrinker!.shrink(buffer.slab.offset, buffer.meta.geometry?.affine));
      },
      report: async (summary) => {
        const pictures = await picturesOf(record, context);
        await file.write(
          reportPage(makeReport({ title: props.title ?? summary.description ?? 'What the graph did', summary, record, pictures })),
        );
        context.post('output', props.path);
      },
      close: () => shrinker?.close(),
    };
  },
});

function begin(path: string): WholeFile {
  makeFolderOf(path);
  return beginWholeFile(path);
}

/** A page without pictures is better than none. */
async function picturesOf(record: RunRecord, context: ElementContext): Promise<readonly FramePicture[]> {
  try {
    return await encodePictures(context.arena, record.picks.picks);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    context.warn(error.code, `${error.message}; the report has no pictures`);
    return [];
  }
}
