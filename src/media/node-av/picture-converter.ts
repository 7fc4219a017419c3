// Pictures that are not I420 yet, or not upright: an FFmpeg filter graph converts them, honouring matrix and range, and turns them.
import { AV_BUFFERSRC_FLAG_KEEP_REF } from 'node-av/constants';
import { avGetPixFmtName, FFmpegError, type FilterContext, FilterGraph, Frame } from 'node-av/lib';
import { MediaError } from '../media-error.ts';
import type { Orientation } from './orientation.ts';
import { isForeignMatrix, matrixOf, rangeOf } from './stream-info.ts';

const TURNS: Record<Orientation['rotation'], string> = {
  0: '',
  90: ',transpose=clock',
  180: ',hflip,vflip',
  270: ',transpose=cclock',
};

export class PictureConverter {
  private readonly graph = new FilterGraph();
  private readonly source: FilterContext;
  private readonly sink: FilterContext;
  private readonly output = new Frame();

  constructor(picture: Frame, pixelFormat: number, orientation: Orientation) {
    const matrix = matrixOf(picture);
    const from = isForeignMatrix(picture) ? 'bt2020' : matrix;
    const range = rangeOf(picture);
    const scale = `scale=in_color_matrix=${from}:out_color_matrix=${matrix}:in_range=${range}:out_range=${range}:flags=bicubic+accurate_rnd`;
    const chain = `${scale},format=${avGetPixFmtName(pixelFormat as never)}${orientation.mirrored ? ',hflip' : ''}${TURNS[orientation.rotation]}`;
    const input = `buffer=width=${picture.width}:height=${picture.height}:pix_fmt=${picture.format}:time_base=1/1000000:colorspace=${picture.colorSpace}:range=${picture.colorRange}`;
    this.output.alloc();
    this.graph.alloc();
    this.graph.nbThreads = 1;
    check(this.graph.parse2(`${input},${chain},buffersink`), 'build');
    check(this.graph.configSync(), 'configure');
    const filters = this.graph.filters ?? [];
    this.source = filters.find((filter) => filter.filter?.name === 'buffer')!;
    this.sink = filters.find((filter) => filter.filter?.name === 'buffersink')!;
  }

  /** The converted picture, valid until {@link done}. */
  convert(picture: Frame): Frame {
    check(this.source.buffersrcAddFrameSync(picture, AV_BUFFERSRC_FLAG_KEEP_REF), 'feed');
    check(this.sink.buffersinkGetFrameSync(this.output), 'read');
    return this.output;
  }

  done(): void {
    this.output.unref();
  }

  close(): void {
    this.output.free();
    this.graph.free();
  }
}

function check(code: number, step: string): void {
  if (code < 0) throw new MediaError('media/conversion', `Cannot ${step} the picture converter: ${FFmpegError.strerror(code)}`);
}
