import { PassThrough } from 'node:stream';

/** Puts a pipe in the place of the standard input, for each test of the suite that calls this; gives the end that is written to. */
export function pipedInput(): () => PassThrough {
  const own = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  let pipe = new PassThrough();
  beforeEach(() => {
    pipe = new PassThrough();
    Object.defineProperty(process, 'stdin', { value: pipe, configurable: true });
  });
  afterEach(() => Object.defineProperty(process, 'stdin', own));
  return () => pipe;
}
