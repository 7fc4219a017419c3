// What FFmpeg says while it reads, line by line: first of the input, then of each picture and each stretch of sound what its filters
// `showinfo` and `ashowinfo` tell, and in between what went wrong.

/** One picture on its way. */
export interface PictureHead {
  /** Microseconds; undefined where it has no time. */
  readonly ptsUs: number | undefined;
  readonly durationUs: number | undefined;
  /** FFmpeg's name of the format it comes in. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly keyFrame: boolean;
  /** `tv, bt709`, as far as it is known. */
  readonly colour: string;
  /** Something before it was lost. */
  readonly discont: boolean;
  /** The decoder had to guess parts of it. */
  readonly corrupt: boolean;
}

export interface SoundHead {
  readonly ptsUs: number | undefined;
  readonly samples: number;
}

const PICTURE = /\bn:\s*\d+ pts:\s*(-?\d+|NOPTS) .*?fmt:(\w+) .*?\bs:(\d+)x(\d+) .*?iskey:(\d)/;
const SOUND = /\bn:\s*\d+ pts:\s*(-?\d+|NOPTS) .*?nb_samples:(\d+)/;
const COLOUR = /color_range:(\w+) color_space:(\w+)/;
const DAMAGE = /Error while decoding|Error submitting packet|error while decoding|decode_slice_header error|Decode error rate/;

/** Said of what was decoded, before the picture itself is told of. */
const GUESSED = /corrupt decoded frame/;

/** Lines of complaints that are kept for messages. */
const KEPT = 20;

export class FfmpegLog {
  readonly pictures: PictureHead[] = [];
  readonly sounds: SoundHead[] = [];
  /** What it said of the input. */
  banner = '';
  /** Complaints, the latest last. */
  readonly faults: string[] = [];
  /** Packets that a decoder refused. */
  damage = 0;
  private rest = '';
  private begun = false;
  /** Waits for the line that tells its colour. */
  private uncoloured: Omit<PictureHead, 'colour'> | undefined;
  private lost = false;
  private guessed = false;

  /** Takes a piece of what was said. */
  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) this.read(line);
  }

  /** Nothing more will come. */
  end(): void {
    this.push('\n');
    this.colour('');
  }

  private read(line: string): void {
    const picture = PICTURE.exec(line);
    if (picture !== null) this.picture(line, picture);
    const sound = SOUND.exec(line);
    if (sound !== null) this.sounds.push({ ptsUs: timeOf(sound[1]!), samples: Number(sound[2]) });
    const colour = COLOUR.exec(line);
    if (colour !== null) this.colour(`${colour[1] === 'unknown' ? '' : colour[1]}, ${colour[2]}`);
    if (picture !== null || sound !== null) {
      this.begun = true;
      return;
    }
    if (GUESSED.test(line)) this.guessed = true;
    if (/\[(error|fatal|panic)\]/.test(line)) this.fault(line);
    else if (!this.begun) this.banner += `${line.replace(/^\[info\] /, '')}\n`;
  }

  private picture(line: string, [, pts, format, width, height, key]: RegExpExecArray): void {
    this.colour('');
    const duration = Number(/\bduration:\s*(\d+)/.exec(line)?.[1] ?? 0);
    this.uncoloured = {
      ptsUs: timeOf(pts!),
      durationUs: duration > 0 ? duration : undefined,
      format: format!,
      width: Number(width),
      height: Number(height),
      keyFrame: key === '1',
      discont: this.lost,
      corrupt: this.guessed,
    };
    this.lost = false;
    this.guessed = false;
    // Releases that add the picture up are old, and may tell nothing of colours: those that do are not waited for.
    if (line.includes('checksum:')) this.colour('');
  }

  private colour(colour: string): void {
    if (this.uncoloured !== undefined) this.pictures.push({ ...this.uncoloured, colour });
    this.uncoloured = undefined;
  }

  private fault(line: string): void {
    this.faults.push(line.replace(/^(\[[^\]]* @ [^\]]*\] )?\[\w+\] /, ''));
    if (this.faults.length > KEPT) this.faults.shift();
    if (!DAMAGE.test(line)) return;
    this.damage++;
    this.lost = true;
  }
}

function timeOf(pts: string): number | undefined {
  return pts === 'NOPTS' ? undefined : Number(pts);
}
