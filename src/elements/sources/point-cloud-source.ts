// Reads clouds of points: KITTI's and nuScenes' .bin files, PCD (text, binary, compressed) and PLY (text, binary of either order).
//
// src: point-cloud, one buffer a file: rows of float32 in one slab, the fields that `fields` names, else x, y, z and, where the
// file has it, intensity. Numbers and units are the file's (metres, as a rule); PCD's viewpoint is not applied. What a file is, it
// says itself; a .bin file without a head is taken for KITTI's, or nuScenes' where it is called .pcd.bin. Points that are nowhere
// (NaN) are left out and told of as `invalidPoints`. Pts rise by 1/fps from 0, for files that cannot be read, too; `meta.file` is
// the file's name.
//
// A file that cannot be read is a fault of its own: with `onError: 'skip'` it is counted and the next one follows.
//
// Errors: `media/not-found` (also for a glob or a folder without matches), `media/not-media`, `media/empty`, `media/corrupt`,
// `media/truncated`, `media/no-field`, `media/permission-denied`.
import { basename } from 'node:path';
import { z } from 'zod';
import { caps, type FixedCaps } from '../../core/caps/caps.ts';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import { checkInputFiles, matchingFiles, noFileMatches } from '../../media/files/matching-files.ts';
import { MediaError } from '../../media/media-error.ts';
import { pointCloud } from '../../media/media-types.ts';
import { fieldsOf, readPointCloud } from '../../media/point-cloud/point-cloud.ts';
import { POINT_ENDINGS, readPointTable } from '../../media/point-cloud/point-file.ts';

const names = z.array(z.string().min(1)).min(1).max(256);

const props = z.strictObject({
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .meta({ description: 'A file, a folder of sweeps, a glob such as `sweeps/*.pcd`, or a list of these; relative to the graph.' }),
  fields: names.optional().meta({
    description: 'Which fields of the points, in this order. Default: x, y, z and, where the file has it, intensity.',
  }),
  columns: names.optional().meta({
    description:
      'What stands in .bin files, which do not say it: float32 each. Default: x, y, z, intensity, as KITTI has it; of files that end in .pcd.bin ring as well, as nuScenes has it.',
  }),
  finiteOnly: z
    .boolean()
    .default(true)
    .meta({ description: 'Leaves points out that are nowhere: of whose x, y and z one is NaN or infinite.' }),
  fps: z.number().min(0.001).max(1000).default(10).meta({ description: 'Clouds a second of stream time.' }),
});

const capsOf = (fields: readonly string[], fps: number): FixedCaps => caps('point-cloud', { fields }, { frameRate: fps })[0];

export const pointCloudSource = defineElement({
  name: 'point-cloud-source',
  klass: 'Source/PointCloud/File',
  summary: 'Reads clouds of points: KITTI, nuScenes, PCD and PLY files, one or many.',
  example: 'point-cloud-source path=sweeps/*.pcd ! fake-sink',
  props,
  pads: { src: srcPad(pointCloud()) },
  check: ({ props: { path }, baseFolder }) => checkInputFiles(baseFolder, path, POINT_ENDINGS),
  open: async ({ props: { path, columns, fields }, context }) => {
    const files = await matchingFiles(context.baseFolder, path, POINT_ENDINGS);
    if (files.length === 0) throw new MediaError('media/not-found', noFileMatches(String(path), context.baseFolder));
    for (const file of files) context.reads(file);
    return { files, fields: await firstFields(files, columns, fields) };
  },
  negotiate: {
    srcCaps: ({ props: { fps }, resource }) => (resource === undefined ? pointCloud().caps : [capsOf(resource.fields, fps)]),
  },
  create: ({ props: { fps, fields, columns, finiteOnly }, resource: { files }, caps: { src }, context }) => {
    const timeOf = (index: number): number => Math.round((index * 1e6) / fps);
    let current: FixedCaps = src;
    let given = 0;
    let invalid = 0;
    return {
      produce: async () => {
        if (given === files.length) return undefined;
        const index = given++;
        const file = files[index]!;
        const cloud = await readPointCloud(context.arena, file, { fields, columns, finiteOnly });
        invalid += cloud.left;
        if (String(cloud.fields) !== String(current.fields['fields'])) {
          current = capsOf(cloud.fields, fps);
          await context.setCaps('src', current);
        }
        const pts = timeOf(index);
        context.position(timeOf(index + 1), timeOf(files.length));
        const { slab, bytes } = cloud;
        const meta = { file: basename(file) };
        return new StreamBuffer<undefined>({ caps: current, pts, duration: timeOf(index + 1) - pts, slabs: [slab], bytes, meta });
      },
      close: () => {
        if (invalid > 0) context.post('invalidPoints', invalid);
      },
    };
  },
});

/** The fields of the first file that can be read. @throws The first one's fault where none can. */
async function firstFields(
  files: readonly string[],
  columns: readonly string[] | undefined,
  wished: readonly string[] | undefined,
): Promise<readonly string[]> {
  let first: unknown;
  for (const file of files) {
    try {
      return fieldsOf(file, await readPointTable(file, { columns }), wished);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}
