import type { AnyElementDefinition } from '../core/define-element.ts';
import { identity } from './flow/identity.ts';
import { fakeSink } from './sinks/fake-sink.ts';
import { fakeSource } from './sources/fake-source.ts';

/** The elements that come with Leat. */
export const builtinElements: readonly AnyElementDefinition[] = [fakeSource, identity, fakeSink];
