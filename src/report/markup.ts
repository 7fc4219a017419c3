// HTML and SVG as text in which whatever comes from outside is escaped: a label or a file's name may hold a `<script>`.

/** Text that is markup already. Only `markup` makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type MarkupValue = string | number | Markup | undefined | false | readonly MarkupValue[];

/** Fills a template in: markup goes in as it is, lists one after the other, nothing for undefined and false, all else escaped. */
export function markup(template: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(String.raw({ raw: template }, ...values.map(textOf)));
}

function textOf(value: MarkupValue): string {
  if (value instanceof Markup) return value.text;
  if (value === undefined || value === false) return '';
  if (typeof value === 'object') return value.map(textOf).join('');
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeText(text: string): string {
  // Control characters are no part of any HTML document.
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!).replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');
}
