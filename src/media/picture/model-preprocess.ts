import type { FixedCaps } from '../../core/caps/caps.ts';
import { type Preprocess, preprocess } from './preprocess.ts';

/** The preprocessing for negotiated caps: the model's, as its caps carry it, with an element's own props over it. */
export function modelPreprocess(src: FixedCaps, props: { readonly [Name in keyof Preprocess]?: Preprocess[Name] | undefined }): Preprocess {
  const rules = { ...preprocess.parse({}), ...(src.info?.['preprocess'] as Partial<Preprocess> | undefined) };
  const own = Object.entries(props).filter(([name, value]) => name in preprocess.shape && value !== undefined);
  return { ...rules, ...Object.fromEntries(own) };
}
