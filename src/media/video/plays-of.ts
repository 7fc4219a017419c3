import type { OpenVideoOptions } from './video-decoder.ts';

/** How many times a file is to be played. */
export function playsOf({ loop }: Pick<OpenVideoOptions, 'loop'>): number {
  return loop === true ? Number.POSITIVE_INFINITY : Number(loop || 1);
}
