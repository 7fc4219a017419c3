// Whether a launch line runs in this process or in one of its own, and why.
import { gstreamerProgram } from '../gstreamer/gstreamer-program.ts';
import { MediaError } from '../media-error.ts';
import { type LaunchInput, shownInput } from '../reader/media-input.ts';
import { loadSuperficial, type Superficial } from './superficial.ts';

export interface ProcessChoice {
  /** Set where the line runs in this process. */
  readonly binding: Superficial | undefined;
  /** Which it is, by what, and why. */
  readonly because: string;
}

/** @throws MediaError `media/library-missing` or `media/library-failed` when it can run in neither, or not in the one asked for. */
export async function chooseProcess(
  input: LaunchInput,
  program = gstreamerProgram,
  load = (): Superficial => loadSuperficial(),
): Promise<ProcessChoice> {
  const { process = 'auto' } = input;
  if (process === 'this') return here(bound(input, load), 'it was asked for');
  try {
    const { version } = await program();
    const reason = process === 'own' ? 'it was asked for' : 'what breaks down there takes nothing along';
    return { binding: undefined, because: `a process of its own, by gst-launch-1.0, ${version}: ${reason}` };
  } catch (error) {
    if (process === 'own') throw error;
    const { code, message } = error as MediaError;
    try {
      return here(load(), message);
    } catch (other) {
      throw new MediaError(code, `Cannot open ${shownInput(input)}: ${message}; and ${(other as Error).message}`);
    }
  }
}

function here(binding: Superficial, reason: string): ProcessChoice {
  return { binding, because: `this process, by gstreamer-superficial ${binding.version}: ${reason}` };
}

function bound(input: LaunchInput, load: () => Superficial): Superficial {
  try {
    return load();
  } catch (error) {
    const { code, message } = error as MediaError;
    throw new MediaError(code, `Cannot run ${shownInput(input)} in this process: ${message}`, { cause: error });
  }
}
