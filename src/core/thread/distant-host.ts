// The pipeline as elements in a worker thread have it: what they tell and ask goes there.
import type { ThreadBudget } from '../../threads/thread-budget.ts';
import type { FixedCaps } from '../caps/caps.ts';
import { summarise } from '../counts/summary.ts';
import type { Element } from '../element/element.ts';
import type { ElementContext } from '../element/element-context.ts';
import type { ElementHost } from '../element/element-host.ts';
import { makeContext } from '../element/make-context.ts';
import type { SinkPad } from '../element/pad.ts';
import type { SetAside } from '../element/quarantine.ts';
import type { ElementError } from '../errors.ts';
import type { Abortion } from '../pipeline/abortion.ts';
import { FileClaims } from '../pipeline/file-claims.ts';
import type { Message } from '../pipeline/message.ts';
import type { Clock } from '../time/clock.ts';
import type { Timeline } from '../time/timeline.ts';
import type { PipelineConnection } from './pipeline-connection.ts';
import type { Request } from './thread-notes.ts';
import type { WireStructure } from './wire-caps.ts';
import { packError } from './wire-error.ts';
import { ItemPacker } from './wire-item.ts';

type Opening = Extract<Request, { do: 'open' }>;

interface Surroundings {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly budget: ThreadBudget;
  readonly abortion: Abortion;
  readonly elements: ReadonlyMap<string, Element>;
  readonly tellsSpans: boolean;
}

export class DistantHost implements ElementHost {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly span?: NonNullable<ElementHost['span']>;
  private readonly connection: PipelineConnection;
  private readonly surroundings: Surroundings;
  private readonly claims = new FileClaims();
  private readonly openings = new Map<string, Opening>();

  constructor(connection: PipelineConnection, surroundings: Surroundings) {
    this.connection = connection;
    this.surroundings = surroundings;
    this.clock = surroundings.clock;
    this.timeline = surroundings.timeline;
    if (surroundings.tellsSpans) {
      this.span = ({ name }, start, end, size) => connection.post({ note: 'span', element: name, start, end, size });
    }
  }

  /** An element is going to be opened, with these files open in the whole graph by now. */
  opens(opening: Opening): void {
    this.claims.replace(opening.claims);
    this.openings.set(opening.element, opening);
  }

  post(message: Message): void {
    if (message.type === 'quarantine') {
      const { error, ...rest } = message;
      this.connection.post({ note: 'quarantine', message: rest, error: packError(error) });
    } else if (message.type !== 'error') this.connection.post({ note: 'message', message });
  }

  fail(error: ElementError, afterDraining = false): void {
    this.connection.post({ note: 'fail', error: packError(error), afterDraining });
  }

  ended({ name }: Element): void {
    this.connection.post({ note: 'ended', element: name });
  }

  setAside({ element: { name: element, description }, buffer, error, attempts }: SetAside): void {
    const { source, epoch, sequence, pts } = buffer;
    const message = { type: 'quarantine', element, source, epoch, sequence, pts, attempts } as const;
    // It goes without what is remembered of a link, since it goes along none.
    const item = description.quarantine?.folder === undefined ? undefined : new ItemPacker(this.connection.wire).pack(buffer.retain());
    this.connection.post({ note: 'quarantine', message, error: packError(error), ...(item === undefined ? {} : { item }) });
  }

  gaveUp({ name }: Element, error: ElementError): void {
    this.connection.post({ note: 'gave-up', element: name, error: packError(error) });
  }

  async settleCaps(element: Element, pad?: SinkPad, caps?: FixedCaps): Promise<boolean> {
    const { wire, requests } = this.connection;
    const packed = caps === undefined ? undefined : wire.pack(caps);
    const request = { do: 'settle-caps' as const, element: element.name, pad: pad?.name, caps: packed };
    const { settled, srcs } = (await requests.make(request)) as { settled: boolean; srcs: [string, WireStructure][] };
    if (pad !== undefined) pad.caps = caps;
    for (const [name, one] of srcs) element.srcPads.get(name)!.caps = wire.unpack(one);
    return settled;
  }

  contextOf(element: Element): ElementContext {
    const { name } = element;
    const { connection, claims } = this;
    const { clock, timeline, budget, abortion, elements } = this.surroundings;
    const { downstreamCapacity, baseFolder, outputFolder } = this.openings.get(name)!;
    return makeContext(element, {
      clock,
      systemClock: clock,
      timeline,
      arena: connection.arena,
      budget,
      signal: abortion.signalOf(element),
      baseFolder,
      outputFolder,
      standardOutput: process.stdout,
      downstreamCapacity,
      post: (message) => this.post(message),
      position: (position, duration) => connection.post({ note: 'position', element: name, position, duration }),
      summary: () => summarise([...elements.values()], 0),
      claims: {
        claim: (_, path, writes) => {
          claims.claim(name, path, writes);
          connection.post({ note: 'claim', element: name, path, writes });
        },
      },
    });
  }
}
