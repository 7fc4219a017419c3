// Who reads an input: the first of the back ends that can and may. Each that cannot says why, so that the choice can be told.
import { FfmpegBackend } from '../ffmpeg/ffmpeg-backend.ts';
import { GstreamerBackend } from '../gstreamer/gstreamer-backend.ts';
import { MediaError } from '../media-error.ts';
import { NodeAvBackend } from '../node-av/node-av-backend.ts';
import type { BackendName, MediaBackend } from './media-backend.ts';
import { type MediaInput, shownInput } from './media-input.ts';

/** The cheapest first. */
export const MEDIA_BACKENDS: readonly MediaBackend[] = [new NodeAvBackend(), new FfmpegBackend(), new GstreamerBackend()];

export interface BackendWish {
  /** Default `auto`: the first that can. */
  readonly backend?: BackendName | 'auto' | undefined;
  /** Never in this process, for input that is not trusted: what crashes there takes nothing along. Default false. */
  readonly isolate?: boolean | undefined;
}

export interface BackendChoice {
  readonly backend: MediaBackend;
  /** Why it, as half a sentence. */
  readonly because: string;
}

/**
 * @param backends In order of preference.
 * @throws MediaError `media/no-backend`, with what each of them lacks.
 */
export async function chooseBackend(
  input: MediaInput,
  { backend: wished = 'auto', isolate = false }: BackendWish = {},
  backends: readonly MediaBackend[] = MEDIA_BACKENDS,
): Promise<BackendChoice> {
  const reasons: string[] = [];
  for (const backend of backends) {
    if (wished !== 'auto' && backend.name !== wished) continue;
    const reason =
      isolate && backend.name === 'node-av' ? 'it reads in this process, and "isolate" is set' : await hindrance(backend, input);
    if (reason !== undefined) reasons.push(`${backend.name}: ${reason}`);
    else return { backend, because: because(wished, reasons) };
  }
  const those = wished === 'auto' ? 'none of the ways to read media can' : `${wished} cannot`;
  throw new MediaError('media/no-backend', `Cannot open ${shownInput(input)}: ${those}; ${reasons.join('; ')}`);
}

function because(wished: string, reasons: readonly string[]): string {
  if (wished !== 'auto') return 'it was asked for';
  return reasons.length === 0 ? 'it costs the least' : `of the ways that cost less, ${reasons.join('; ')}`;
}

/** What keeps a back end from reading an input. */
async function hindrance(backend: MediaBackend, input: MediaInput): Promise<string | undefined> {
  const refusal = backend.refuses(input);
  if (refusal !== undefined) return refusal;
  try {
    await backend.version(input);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
