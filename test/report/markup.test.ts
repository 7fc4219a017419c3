import assert from 'node:assert/strict';
import { markup } from '../../src/report/markup.ts';

describe('markup', () => {
  it('escapes what comes from outside, in text and in attributes', () => {
    const evil = `<script>alert("1" && '2')</script>`;
    const escaped = '&lt;script&gt;alert(&quot;1&quot; &amp;&amp; &#39;2&#39;)&lt;/script&gt;';
    assert.equal(markup`<p title="${evil}">${evil}</p>`.text, `<p title="${escaped}">${escaped}</p>`);
  });

  it('takes markup as it is, lists one after the other, and nothing for undefined and false', () => {
    const item = (text: string) => markup`<li>${text}</li>`;
    assert.equal(markup`<ul>${['<', 'b'].map(item)}${undefined}${false}${0}</ul>`.text, '<ul><li>&lt;</li><li>b</li>0</ul>');
  });

  it('leaves control characters out, and line ends in', () => {
    assert.equal(markup`${'a\0b\x1b[31m\nc\td'}`.text, 'a\ufffdb\ufffd[31m\nc\td');
  });
});
