// The text of links: `video ! fit ! detect`, with `name.pad` where a pad has to be named.
import type { Issue } from '../errors.ts';

/** One end of a link: an element, and a pad of it where the text names one. */
export interface LinkEnd {
  readonly element: string;
  readonly pad: string | undefined;
}

export interface Link {
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  /** Where it stands in the description. */
  readonly path: string;
}

const END = /^([A-Za-z0-9_/-]+)(?:\.([A-Za-z0-9_]+))?$/;

/** Reads chains of links; what cannot be read becomes issues. */
export function parseLinks(chains: readonly string[]): { links: Link[]; issues: Issue[] } {
  const links: Link[] = [];
  const issues: Issue[] = [];
  for (const [index, chain] of chains.entries()) {
    const path = `/links/${index}`;
    const ends = chain.split('!').map((part) => END.exec(part.trim()));
    if (ends.length < 2 || ends.includes(null)) {
      issues.push({
        code: 'graph/bad-link',
        path,
        message: `Cannot read the link "${chain}"`,
        hint: 'write names of elements with ! between them, such as "video ! fit ! detect" or "tee ! draw.video"',
      });
      continue;
    }
    for (let place = 1; place < ends.length; place++) {
      links.push({ from: endOf(ends[place - 1]!), to: endOf(ends[place]!), path });
    }
  }
  return { links, issues };
}

function endOf(match: RegExpExecArray): LinkEnd {
  return { element: match[1]!, pad: match[2] };
}
