import type { Element } from '../element/element.ts';
import { changeQueues } from '../queue/plan-queues.ts';
import type { Question } from './thread-notes.ts';
import type { CapsWire } from './wire-caps.ts';

/** What an element in a worker thread answers to a question for which the pipeline stands still. */
export function reply(element: Element, question: Question, wire: CapsWire): unknown {
  const { props, resource, definition, life } = element;
  switch (question.ask) {
    case 'sinkCaps': {
      const allowed = Object.fromEntries(Object.entries(question.allowed).map(([name, caps]) => [name, wire.unpackAll(caps)]));
      const query = { props: props as never, resource: resource as never, pad: question.pad, allowed };
      return wire.packAll(definition.negotiate!.sinkCaps!(query), true);
    }
    case 'srcCaps': {
      const sink = Object.fromEntries(Object.entries(question.sink).map(([name, caps]) => [name, wire.unpack(caps)]));
      const allowed = wire.unpackAll(question.allowed);
      const query = { props: props as never, resource: resource as never, pad: question.pad, sink, allowed };
      return wire.packAll(definition.negotiate!.srcCaps!(query), true);
    }
    case 'update':
      life.takeProps(question.props);
      element.props = question.props;
      return undefined;
    case 'change-queues':
      changeQueues(element, question.changes);
      return undefined;
  }
}
