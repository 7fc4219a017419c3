// What an element tells of its connection: on the bus, and in the report.
import type { ElementContext } from '../../core/element/element-context.ts';
import { formatDuration } from '../../core/time/time.ts';
import { type MediaInput, shownInput } from './media-input.ts';
import type { ConnectionNote } from './reconnection.ts';

/** Tells `context` of what becomes of an input. */
export function tellOfConnection(
  context: Pick<ElementContext, 'warn' | 'info' | 'post'>,
  input: MediaInput,
): (note: ConnectionNote) => void {
  const name = shownInput(input);
  let reconnections = 0;
  return (note) => {
    if (note.kind === 'lost') {
      const { message } = note.error;
      // What could not be opened is named already.
      const what = message.includes(name) ? message : `Lost ${name}: ${message}`;
      const text = `${what}; attempt ${note.attempt} to connect again in ${formatDuration(note.retryIn)}`;
      context.warn('media/reconnecting', text);
      return;
    }
    const tries = note.attempts === 1 ? 'one attempt' : `${note.attempts} attempts`;
    context.info('media/reconnected', `${name} is there again, after ${formatDuration(note.after)} and ${tries}`);
    context.post('reconnections', ++reconnections);
  };
}
