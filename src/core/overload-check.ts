// What can be said against the overload steps of a graph: before it is opened, and once its queues are planned.
import type { Element } from './element.ts';
import type { Issue } from './errors.ts';
import { childPointer } from './json-pointer.ts';
import { nearestName } from './nearest-name.ts';
import { gaugeOf } from './overload-gauge.ts';
import { type OverloadStep, stepName } from './overload-options.ts';
import { zodIssues } from './zod-issues.ts';

/** Issues of names and values. */
export function overloadIssues(steps: readonly OverloadStep[], elements: ReadonlyMap<string, Element>): Issue[] {
  const issues: Issue[] = [];
  // Which ladder changes a property: two that do not know of one another would undo each other's steps.
  const owners = new Map<string, { readonly watched: string; readonly name: string }>();
  for (const [index, step] of steps.entries()) {
    const path = `/overload/${index}`;
    const watched = elements.get(step.when.element);
    if (watched === undefined) issues.push(unknown(step.when.element, `${path}/when/element`, elements));
    else if (watched.description.thread !== undefined) {
      const message = `Cannot watch ${watched.name}: it is in the thread ${watched.description.thread}, and is counted there`;
      const hint = 'watch an element before or behind it, or take thread out of it';
      issues.push({ code: 'overload/not-measurable', path: `${path}/when/element`, message, hint });
    }
    for (const [name, changes] of Object.entries(step.do)) {
      const at = childPointer(`${path}/do`, name);
      const element = elements.get(name);
      if (element === undefined) {
        issues.push(unknown(name, at, elements));
        continue;
      }
      issues.push(...valueIssues(element, changes, at));
      for (const property of Object.keys(changes)) {
        const owner = owners.get(`${name}.${property}`) ?? { watched: step.when.element, name: stepName(step) };
        owners.set(`${name}.${property}`, owner);
        if (owner.watched === step.when.element) continue;
        const message = `Both ${owner.name} and ${stepName(step)} change ${name}.${property}, but watch ${owner.watched} and ${step.when.element}`;
        const hint = 'steps that change the same property have to watch the same element';
        issues.push({ code: 'overload/conflict', path: childPointer(at, property), message, hint });
      }
    }
  }
  return issues;
}

/** Issues of what is measured, once it is known which pads have queues. */
export function gaugeIssues(steps: readonly OverloadStep[], elements: ReadonlyMap<string, Element>): Issue[] {
  return steps.flatMap(({ when }, index): Issue[] => {
    const element = elements.get(when.element);
    if (element === undefined || gaugeOf(element, when) !== undefined) return [];
    const message = `Cannot measure the ${when.measure} of ${element.name}: it has no queue`;
    const hint = `give ${element.name} a "queue", or watch a queue element before it`;
    return [{ code: 'overload/not-measurable', path: `/overload/${index}/when/measure`, message, hint }];
  });
}

/** Issues of elements that do not take changed properties while they run, once they have hooks. */
export function changeIssues(steps: readonly OverloadStep[], elements: ReadonlyMap<string, Element>): Issue[] {
  return steps.flatMap((step, index) =>
    Object.keys(step.do).flatMap((name): Issue[] => {
      const element = elements.get(name);
      if (element?.hooks === undefined || element.hooks.update !== undefined) return [];
      const message = `Cannot change ${name} under load: a ${element.definition.name} takes its properties when it is opened`;
      const hint = 'change an element that does: decimate, valve, queue';
      return [{ code: 'overload/not-changeable', path: childPointer(`/overload/${index}/do`, name), message, hint }];
    }),
  );
}

function valueIssues({ definition, written }: Element, changes: Readonly<Record<string, unknown>>, path: string): Issue[] {
  const parsed = definition.props.safeParse({ ...written, ...changes });
  return parsed.success ? [] : zodIssues(parsed.error, path, Object.keys(definition.props.shape));
}

function unknown(name: string, path: string, elements: ReadonlyMap<string, Element>): Issue {
  const nearest = nearestName(name, elements.keys());
  const hint = nearest === undefined ? `the graph has ${[...elements.keys()].join(', ')}` : `did you mean ${nearest}?`;
  return { code: 'graph/unknown-element', path, message: `There is no element named ${name}`, hint };
}
