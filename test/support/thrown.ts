// Things to throw: few of them are errors, and some cannot even be looked at.

const throwing = (property: string): Error =>
  Object.defineProperty(new Error('hidden'), property, {
    get: () => {
      throw new Error('nobody reads this');
    },
  });
const cyclic: Error & { cause?: unknown } = new Error('round and round');
cyclic.cause = cyclic;
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostile = new Proxy(
  {},
  {
    get: () => throwing('message').message,
    getPrototypeOf: () => {
      throw new Error('nobody asks this');
    },
  },
);

const WOULD = 'an Error with a message would say what went wrong';
/** What a program may throw, and what is told of it; the code where it says one. */
export const THROWN: readonly (readonly [what: string, thrown: unknown, message: string, code?: string])[] = [
  ['nothing', undefined, `threw undefined; ${WOULD}`],
  ['null', null, `threw null; ${WOULD}`],
  ['a text', 'words', 'words'],
  ['an empty text', '', `threw an empty text; ${WOULD}`],
  ['a number', 0, `threw 0; ${WOULD}`],
  ['a symbol', Symbol('sign'), `threw Symbol(sign); ${WOULD}`],
  ['a function', () => 1, `threw a function; ${WOULD}`],
  ['a frozen object', Object.freeze({ code: 'device/gone' }), `threw an object without a message; ${WOULD}`, 'device/gone'],
  ['an object without a prototype', Object.create(null), `threw an object without a message; ${WOULD}`],
  ['an error without a message', new Error(), `threw an error without a message; ${WOULD}`],
  ['an error that is its own cause', cyclic, 'round and round'],
  ['an error whose message cannot be read', throwing('message'), `threw an error without a message; ${WOULD}`],
  ['an error whose code cannot be read', throwing('code'), 'hidden'],
  ['an error whose stack cannot be read', throwing('stack'), 'hidden'],
  ['a proxy that throws', hostile, `threw an object without a message; ${WOULD}`],
  ['a proxy that is no more', revoked.proxy, `threw an object without a message; ${WOULD}`],
];
