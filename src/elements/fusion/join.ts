// Brings together what several streams say of the same time.
//
// sink_%u: anything, one pad for each input. src: joined, one part for each input by its name, or null. `policy` says what
// belongs together (docs/design/08-joins.md): `settled` gives the same sets at any speed. A set that lacks a required input does
// not leave; a gap stands for it. What has been in no set is counted: `unmatched`, `late` where time was over, `overflow` where
// `maxPending` was reached. A set's source and epoch are those of its parts where these agree, otherwise the join's own name and
// a number that rises with every epoch of an input. The join ends with its last input, or with a required one that is missing for good.
//
// Times of inputs are compared as running time, by the segments of their sources; parts, and sets of one source, keep their own.
// With `bySource` each source, and each epoch of it, is joined as if it were alone, however many come by the same inputs.
// A wait ends after `maxWaitMs`, or in a live graph when the set is due at the sinks by the latency they keep to, 20 ms after its
// first buffer at the earliest; who was waited for is then missing, and `join/silent-input` warns of it once.
// Errors: `join/no-such-input`, `join/cannot-interpolate`, `join/too-many-inputs`; `join/unlike-times` warns of an input that is hours ahead.
import { z } from 'zod';
import type { FixedCaps } from '../../core/caps/caps.ts';
import { defineElement, type OpenContext } from '../../core/element/define-element.ts';
import { anyMedia, sinkPad, srcPad } from '../../core/element/pad-template.ts';
import { JOIN_POLICIES, Join } from '../../core/join/join.ts';
import type { Flow } from '../../core/stream/flow-return.ts';
import { MediaError } from '../../media/media-error.ts';
import { joined } from '../../media/media-types.ts';
import { joinInputProps, optionsOf } from './join-input-props.ts';
import { JoinedSources } from './joined-sources.ts';
import { JoinedStream } from './joined-stream.ts';
import { liveLatency } from './live-deadline.ts';

const props = z
  .strictObject({
    policy: z.enum(JOIN_POLICIES).default('settled').meta({
      description:
        'What belongs together. settled: a set for each time, once no input can have anything earlier; slowest: as many sets as the slowest input has buffers; base: one for each buffer of `base`; latest: one on every arrival; arrival: one of each in order.',
    }),
    base: z.string().default('sink_0').meta({ description: 'The input that sets the pace of `base`, by its pad or its name.' }),
    bySource: z.boolean().default(false).meta({
      description:
        'Whether each source has sets of its own, where several come by the same inputs. Without it each input is one stream, whoever what comes by it is from.',
    }),
    inputs: z.array(joinInputProps).default([]).meta({ description: 'What is asked of each input, that of sink_0 first.' }),
    maxWaitMs: z.number().min(0).nullable().default(null).meta({
      description:
        'How long a set waits for inputs that lack, in milliseconds from the arrival of its first buffer. Null: until it is settled, in a live graph until it is due at the sinks.',
    }),
    maxPending: z.int().min(1).max(65536).default(64).meta({ description: 'The most buffers of an input that wait for the others.' }),
    onFull: z.enum(['block', 'dropOldest']).default('block').meta({
      description: 'What happens to a buffer beyond `maxPending`: its sender waits, or the oldest is dropped and counted.',
    }),
  })
  .superRefine(({ policy, inputs }, issues) => {
    for (const [index, { required, toleranceMs, onMissing }] of inputs.entries()) {
      const complain = (name: string, message: string): void => issues.addIssue({ code: 'custom', path: ['inputs', index, name], message });
      if (required && onMissing === 'null') complain('onMissing', 'Expected skip, last or interpolate, since the input is required');
      if (!required && onMissing === 'skip')
        complain('onMissing', 'Expected null, last or interpolate; to skip sets without it make the input required');
      const inOrder = policy === 'latest' || policy === 'arrival';
      if (inOrder && toleranceMs !== undefined) complain('toleranceMs', `Expected no tolerance, since ${policy} compares no times`);
      if (inOrder && onMissing === 'interpolate') complain('onMissing', `Expected null, skip or last, since ${policy} compares no times`);
    }
  });

/** As many as there are bits that say which parts a set has. */
const MAX_INPUTS = 32;

export const join = defineElement({
  name: 'join',
  klass: 'Fusion/Join',
  summary: 'Brings together what several streams say of the same time.',
  example: 'join name=j ! fake-sink  fake-source count=10 ! j.  fake-source count=5 durationMs=80 ! j.',
  props,
  pads: { 'sink_%u': sinkPad(anyMedia(), { presence: 'request' }), src: srcPad(joined()) },
  holdsInResource: true,
  holdsBack: true,
  negotiate: {
    srcCaps: ({ props, sink }) => {
      const inputs = Object.fromEntries(padsOf(sink).map((pad) => [nameOf(pad, props.inputs), sink[pad]!]));
      return [{ media: 'joined', fields: { inputs: Object.keys(inputs) }, info: { inputs } }];
    },
  },
  latency: ({ maxWaitMs }, graph) => (maxWaitMs === null ? liveLatency(graph) : { min: maxWaitMs * 1000, max: maxWaitMs * 1000 }),
  check: ({ props, inputs }) => {
    const missing = inputs === undefined || inputs.length === 0 ? undefined : missingInput(props, inputs);
    return missing === undefined ? [] : [{ code: 'join/no-such-input', path: missing.path, message: missing.text }];
  },
  open: ({
    props: { bySource, maxWaitMs, maxPending, onFull },
    context,
  }: OpenContext<z.output<typeof props>>): JoinedStream | JoinedSources => {
    const limits = { maxWait: maxWaitMs === null ? undefined : maxWaitMs * 1000, maxPending, onFull };
    return bySource ? new JoinedSources(context, limits) : new JoinedStream(context, limits);
  },
  close: (stream) => stream.close(),
  create: ({ props, caps, resource: stream, context }) => {
    const pads = padsOf(caps);
    const names = pads.map((pad) => nameOf(pad, props.inputs));
    const base = Math.max(pads.indexOf(props.base), names.indexOf(props.base));
    if (pads.length > MAX_INPUTS)
      throw new MediaError(
        'join/too-many-inputs',
        `Cannot join ${pads.length} streams in ${context.name}: a join takes ${MAX_INPUTS}; join some of them first`,
      );
    const missing = missingInput(props, pads);
    if (missing !== undefined) throw new MediaError('join/no-such-input', `${context.name}: ${missing.text}`);
    for (const pad of pads) checkInterpolation(context.name, pad, props, caps[pad]!);
    const options = pads.map((pad) => optionsOf(props.inputs[numberOf(pad)], props.policy));
    // What is held outlives a change of caps.
    stream.prepare({
      pads,
      names,
      src: caps['src']!,
      makeJoin: (letGo, use) => new Join({ policy: props.policy, base: Math.max(0, base), inputs: options }, letGo, use),
    });
    return {
      chain: { 'sink_%u': (buffer, pad) => stream.take(pad, buffer) },
      gap: (pad, until, event) => stream.gap(pad, until, event),
      ended: (pad) => stream.end(pad),
      sourceEnded: (pad, event) => {
        if (stream instanceof JoinedSources) stream.sourceEnded(pad, event);
      },
      event: (pad, event) => {
        const pass = (): Flow => {
          const flow = context.event('src', event);
          // Branches that have ended are no reason to take nothing more.
          return flow instanceof Promise ? flow.then(() => 'ok') : 'ok';
        };
        if (event.type === 'source-end')
          return stream instanceof JoinedSources ? stream.sourceEnd(event, pass) : stream.sourceEnd(event.source, pass);
        if (stream instanceof JoinedSources) return pass();
        if (event.type === 'stream-start') return stream.sourceBegin(event.source, pass);
        stream.segment(pad, event);
        return 'ok';
      },
      drain: async () => {
        await stream.drain();
        if (stream instanceof JoinedStream) context.post('sets', stream.account);
        return undefined;
      },
      flush: () => stream.flush(),
    };
  },
});

function numberOf(pad: string): number {
  return Number(pad.slice('sink_'.length));
}

/** The linked sink pads, in the order of their numbers. */
function padsOf(caps: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(caps)
    .filter((pad) => pad.startsWith('sink_'))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

/** An input that the props are about and that is not linked. */
function missingInput(
  { base, inputs, policy }: z.output<typeof props>,
  linked: readonly string[],
): { readonly path: string; readonly text: string } | undefined {
  const pads = [...linked].sort((a, b) => numberOf(a) - numberOf(b));
  const names = pads.map((pad) => nameOf(pad, inputs));
  const say = (path: string, what: string) => ({ path, text: `Cannot find an input: ${what}, and linked are ${names.join(', ')}` });
  if (numberOf(pads.at(-1)!) + 1 < inputs.length) return say('/props/inputs', `inputs has ${inputs.length} entries`);
  if (policy === 'base' && !pads.includes(base) && !names.includes(base)) return say('/props/base', `base is ${base}`);
  return undefined;
}

function nameOf(pad: string, inputs: readonly { readonly name?: string | undefined }[]): string {
  return inputs[numberOf(pad)]?.name ?? pad;
}

function checkInterpolation(name: string, pad: string, { inputs }: z.output<typeof props>, { media, fields }: FixedCaps): void {
  if (inputs[numberOf(pad)]?.onMissing !== 'interpolate' || (media === 'tensor' && fields['dtype'] === 'float32')) return;
  const found = media === 'tensor' ? `${media} of ${String(fields['dtype'])}` : media;
  const text = `Cannot interpolate ${name}.${pad}: tensors of float32 can be, found ${found}; set its onMissing to last`;
  throw new MediaError('join/cannot-interpolate', text);
}
