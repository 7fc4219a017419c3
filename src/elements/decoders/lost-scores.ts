import type { ElementContext } from '../../core/element/element-context.ts';

/** Counts scores that were no numbers: warns of the first, and tells of all at the end. */
export function lostScores(context: ElementContext): { add(count: number): void; report(): undefined } {
  let total = 0;
  return {
    add: (count) => {
      if (total === 0) {
        context.warn('decoder/not-finite', `${count} scores of an item were NaN or infinite, and have been dropped`);
      }
      total += count;
    },
    report: () => {
      if (total > 0) context.post('scoresNotFinite', total);
      return undefined;
    },
  };
}
