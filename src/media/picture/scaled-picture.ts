// What elements share that bring pictures to a size: the size as props, and how it is settled with what is behind them.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { fixatePicture, pictureCaps, sizeOf, suggestSize } from './picture-caps.ts';

const side = (what: string) =>
  z
    .int()
    .min(1)
    .max(16384)
    .optional()
    .meta({ description: `${what} of the result in pixels. Default: what downstream asks for.` });

export const sizeProps = { width: side('Width'), height: side('Height') };

interface Size {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

type Sinks = Readonly<Record<string, FixedCaps>>;

export const scaledNegotiation = {
  srcCaps: ({ props, sink }: { readonly props: Size; readonly sink: Sinks }) => pictureCaps(sink['sink']!, props),
  fixate: ({ candidates, sink }: { readonly candidates: readonly FixedCaps[]; readonly sink: Sinks }) =>
    fixatePicture(candidates, sizeOf(sink['sink']!)),
  suggest: suggestSize,
};
