// What can be said against the overload steps of a graph: before it is opened, and once its queues are planned.
import type { Element } from '../element/element.ts';
import type { Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { nearestName } from '../graph/nearest-name.ts';
import { zodIssues } from '../graph/zod-issues.ts';
import { changesFlaw } from '../queue/plan-queues.ts';
import { gaugeOf } from './overload-gauge.ts';
import { changesOf, type OverloadChange, type OverloadStep, stepName } from './overload-options.ts';

/** Issues of names and values. */
export function overloadIssues(steps: readonly OverloadStep[], elements: ReadonlyMap<string, Element>): Issue[] {
  const issues: Issue[] = [];
  // Which ladder changes a property: two that do not know of one another would undo each other's steps.
  const owners = new Map<string, { readonly watched: string; readonly name: string }>();
  for (const [index, step] of steps.entries()) {
    const path = `/overload/${index}`;
    const watched = elements.get(step.when.element);
    if (watched === undefined) issues.push(unknown(step.when.element, `${path}/when/element`, elements));
    for (const key of ['do', 'batch', 'queue'] as const) {
      for (const [name, changes] of Object.entries(step[key])) {
        const at = childPointer(`${path}/${key}`, name);
        const element = elements.get(name);
        if (element === undefined) issues.push(unknown(name, at, elements));
        else if (key === 'do') issues.push(...valueIssues(element, changes, at));
      }
    }
    for (const [place, name] of step.pause.entries()) {
      const element = elements.get(name);
      if (element === undefined) issues.push(unknown(name, `${path}/pause/${place}`, elements));
      else if (!element.isSource) {
        const message = `Cannot pause ${name}: a ${element.definition.name} is no source`;
        const hint = 'pause the source before it, or close a valve';
        issues.push({ code: 'overload/not-a-source', path: `${path}/pause/${place}`, message, hint });
      }
    }
    for (const change of changesOf(step)) {
      const { element: name, of, property } = change;
      if (!elements.has(name)) continue;
      const key = of === 'props' ? `${name}.${property}` : `${name}.${of}.${property}`;
      const owner = owners.get(key) ?? { watched: step.when.element, name: stepName(step) };
      owners.set(key, owner);
      if (owner.watched === step.when.element) continue;
      const message = `Both ${owner.name} and ${stepName(step)} change ${key}, but watch ${owner.watched} and ${step.when.element}`;
      const hint = 'steps that change the same property have to watch the same element';
      issues.push({ code: 'overload/conflict', path: placeOf(path, change), message, hint });
    }
  }
  return issues;
}

/** Issues of what is measured, and of changes of queues, once it is known which pads have queues. */
export function gaugeIssues(steps: readonly OverloadStep[], elements: ReadonlyMap<string, Element>): Issue[] {
  return steps.flatMap((step, index): Issue[] => [
    ...measureIssues(step, `/overload/${index}`, elements),
    ...queueIssues(step, `/overload/${index}`, elements),
  ]);
}

function measureIssues({ when }: OverloadStep, path: string, elements: ReadonlyMap<string, Element>): Issue[] {
  const element = elements.get(when.element);
  if (element === undefined || gaugeOf(element, when) !== undefined) return [];
  const message = `Cannot measure the ${when.measure} of ${element.name}: it has no queue`;
  const hint = `give ${element.name} a "queue", or watch a queue element before it`;
  return [{ code: 'overload/not-measurable', path: `${path}/when/measure`, message, hint }];
}

function queueIssues(step: OverloadStep, path: string, elements: ReadonlyMap<string, Element>): Issue[] {
  return (['batch', 'queue'] as const).flatMap((key) =>
    Object.entries(step[key]).flatMap(([name, changes]): Issue[] => {
      const element = elements.get(name);
      const flaw = element === undefined ? undefined : changesFlaw(element, { [key]: changes });
      if (flaw === undefined) return [];
      const message = `Cannot change the ${key} of ${name} under load: ${flaw}`;
      return [{ code: 'overload/not-changeable', path: childPointer(`${path}/${key}`, name), message }];
    }),
  );
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

function placeOf(path: string, { element, of, property }: OverloadChange): string {
  if (of === 'source') return `${path}/pause`;
  return childPointer(childPointer(`${path}/${of === 'props' ? 'do' : of}`, element), property);
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
