// Whether what `create` has returned has the hooks that an element with such pads needs, so that nobody learns of it at the first
// buffer, and from a stack that shows no line of theirs.

import { ElementError } from '../errors.ts';
import type { AnyHooks } from './define-element.ts';
import type { Element } from './element.ts';
import type { SinkPad } from './pad.ts';
import { templateNameOf } from './pad-template.ts';

/** @throws ElementError `element/no-hook`, `element/no-lengths` */
export function checkHooks(element: Element, hooks: unknown): asserts hooks is AnyHooks {
  const { name, definition, sinkPads } = element;
  const found = typeof hooks === 'object' && hooks !== null ? (hooks as Record<string, unknown>) : {};
  if (definition.isDouble === true) return;
  const linked = [...sinkPads.values()].filter(({ peer }) => peer !== undefined);
  const why = reasonFor(element);
  if (linked.length > 0 || element.isSource) {
    if (!why.wanted.some((hook) => typeof found[hook] === 'function' || (hook === 'chain' && found['chain'] !== undefined))) {
      const given = hooks === undefined || hooks === null ? String(hooks) : Object.keys(found).join(', ') || 'none';
      const text = `${name}: create of ${definition.name} must return hooks with ${why.wanted.join(' or ')}, since it has ${why.pads}; found ${given}`;
      throw new ElementError(name, 'element/no-hook', text);
    }
  }
  const chain = found['chain'] as Record<string, unknown> | undefined;
  if (chain === undefined) {
    checkLengths(element, found);
    return;
  }
  const several = severalAtOnce(element, linked);
  if (several !== undefined) {
    const text = `${name}: a ${definition.name} takes one buffer after the other, as they come; ${several}`;
    throw new ElementError(name, 'element/no-hook', text);
  }
  for (const pad of linked) {
    const template = templateNameOf(definition, pad);
    if (typeof chain[pad.name] === 'function' || typeof chain[template] === 'function') continue;
    const text = `${name}: create of ${definition.name} must return hooks with a function chain['${template}'], since ${pad.path} is linked; found ${Object.keys(chain).join(', ') || 'none'}`;
    throw new ElementError(name, 'element/no-hook', text);
  }
}

/** What would have it be given several buffers at once, and what to do about it; undefined where nothing does. */
function severalAtOnce({ name, description }: Element, linked: readonly SinkPad[]): string | undefined {
  if (description.batch !== undefined) return `take ${name}.batch out of the graph`;
  if (!linked.some(({ queueTask }) => queueTask !== undefined && queueTask.capacity > 1)) return undefined;
  return description.inFlight === undefined ? 'its definition must not ask for more with inFlight' : `set ${name}.inFlight to 1`;
}

/** Batches by length need somebody to say how long a buffer is; without it all would be in one bucket, and nobody would know. */
function checkLengths({ name, definition, description }: Element, found: Readonly<Record<string, unknown>>): void {
  if ((description.batch?.lengthBuckets ?? []).length === 0 || typeof found['lengthOf'] === 'function') return;
  const text = `Cannot form batches by length before ${name}: a ${definition.name} with these caps does not tell lengths apart; take lengthBuckets out of ${name}.batch`;
  throw new ElementError(name, 'element/no-lengths', text);
}

function reasonFor({ definition, isSource }: Element): { wanted: readonly string[]; pads: string } {
  if (isSource) return { wanted: ['produce'], pads: 'no sink pads' };
  const hasSrc = Object.values(definition.pads).some(({ direction }) => direction === 'src');
  if (!hasSrc) return { wanted: ['render', 'chain'], pads: 'no src pads' };
  return { wanted: ['transform', 'transformBatch', 'chain'], pads: 'sink pads and src pads' };
}
