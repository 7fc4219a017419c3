import { DTYPES, type Dtype } from '../memory/dtype.ts';
import type { TensorDtype } from './backend.ts';

/** Whether tensors of this type can lie in the arena. */
export function isArenaDtype(dtype: TensorDtype): dtype is Dtype {
  return (DTYPES as readonly string[]).includes(dtype);
}
