import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type ControlAnswer, controlBy } from '../../src/cli/control-lines.ts';
import { EditedPipeline } from '../core/edit/edited-pipeline.ts';

const GRAPH = {
  elements: { a: { type: 'ticker', props: { count: 3 } }, f: { type: 'funnel' }, sink: { type: 'collector' } },
  links: ['a ! f ! sink'],
};

function controlled(): { test: EditedPipeline; lines: PassThrough; answers: ControlAnswer[]; end: () => void } {
  const test = new EditedPipeline(GRAPH);
  const lines = new PassThrough();
  const answers: ControlAnswer[] = [];
  return { test, lines, answers, end: controlBy(test.pipeline, lines, (answer) => answers.push(answer)) };
}

describe('control lines', () => {
  it('carry out one edit after the other and answer each, and hold the graph open until the last', async () => {
    const { test, lines, answers } = controlled();
    await test.advance(60);
    assert.equal(test.isOver, false);
    lines.write(`${JSON.stringify({ add: { elements: { b: { type: 'ticker', props: { count: 2 } } }, links: ['b ! f'] } })}\n\n`);
    lines.end(`${JSON.stringify({ set: { sink: { label: 'x' } } })}\n`);
    await test.while(test.running);
    assert.deepEqual(answers, [
      { line: 1, ok: true },
      { line: 3, ok: true },
    ]);
    assert.deepEqual(test.gotBy('sink'), { 'a/0': [0, 1, 2], 'b/0': [0, 1] });
  });

  it('say what speaks against an edit, and go on', async () => {
    const { test, lines, answers } = controlled();
    await test.advance(20);
    lines.end('{"remove": "sin"}\n{"rem\n{"set": {"sink": {"label": "x"}}}');
    await test.while(test.running);
    assert.deepEqual(
      answers.map(({ ok, error }) => [ok, error?.code, error?.issues?.[0]?.hint]),
      [
        [false, 'graph/invalid', 'did you mean sink?'],
        [false, 'edit/not-json', undefined],
        [true, undefined, undefined],
      ],
    );
  });

  it('hold nothing any more once their reading has been ended', async () => {
    const { test, end } = controlled();
    await test.advance(60);
    assert.equal(test.isOver, false);
    end();
    await test.while(test.running);
  });
});
