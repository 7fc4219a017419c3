// Errors as they cross between threads: a structured clone keeps neither their class nor their code.
import { AbortedError, ElementError, GraphError, type Issue } from '../errors.ts';
import { isThrown, thrownFacts } from '../thrown-facts.ts';

export interface WireError {
  readonly kind: 'element' | 'graph' | 'aborted' | 'other';
  readonly message: string;
  readonly stack: string | undefined;
  readonly element?: string;
  readonly code?: string;
  readonly issues?: readonly Issue[];
}

export function packError(error: unknown): WireError {
  const { message, stack, code } = thrownFacts(error);
  if (isThrown(error, GraphError)) return { kind: 'graph', message, stack, issues: error.issues };
  if (isThrown(error, AbortedError)) return { kind: 'aborted', message, stack };
  if (isThrown(error, ElementError)) return { kind: 'element', message, stack, element: error.element, code: error.code };
  return { kind: 'other', message, stack, ...(code === undefined ? {} : { code }) };
}

export function unpackError(wire: WireError): Error {
  const error = make(wire);
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

function make({ kind, message, element, code, issues }: WireError): Error {
  if (kind === 'graph') return new GraphError(issues ?? []);
  if (kind === 'aborted') return new AbortedError(message);
  if (kind === 'element') return new ElementError(element!, code!, message);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
