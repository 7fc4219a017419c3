import type { FixedCaps } from '../../core/caps/caps.ts';
import { bytesOfDtype, DTYPES } from '../../memory/dtype.ts';

/** What stands in a tensor's shape for the one size in which items differ; the bytes of an item say what it is. */
export const LENGTH = 'length';

/** How many bytes one element of the axis takes in which items of these caps differ; 1 where they do not say of any that it is one. */
export function bytesPerElement({ fields: { dtype, shape } }: FixedCaps): number {
  const known = DTYPES.find((one) => one === dtype);
  if (known === undefined || !Array.isArray(shape) || !shape.includes(LENGTH)) return 1;
  return shape.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), bytesOfDtype(known));
}
