import { GraphFolder } from '../../core/graph-folder.ts';
import { pluginText, prepareLeat } from '../run-leat.ts';
import { runCases } from './run-cases.ts';

const MINE = pluginText(
  `export const mine = defineElement({ ...common, name: 'mine', pads: { sink: sinkPad(anyMedia()) }, create: () => ({ render: () => {} }) });`,
);

describe('leat and a plugin that', function () {
  this.timeout(60_000);
  before(prepareLeat);

  it('cannot be loaded, brings nothing or clashes by name is refused by name, whichever command it is', async () => {
    const folder = new GraphFolder().write({
      'syntax.mjs': 'export const x = ;',
      'throws.mjs': 'throw new Error("No licence");',
      'lacks.mjs': 'import "leat-nothing";',
      'empty.mjs': 'export const colour = "red"; export const half = { name: "half", pads: {} };',
      'never.mjs': 'await new Promise(() => {});',
      'first.mjs': MINE,
      'second.mjs': MINE,
      'graph.json': { plugins: ['./throws.mjs'], elements: { a: { type: 'fake-source' }, b: { type: 'fake-sink' } }, links: ['a ! b'] },
    });
    const checking = (...names: string[]): string[] => [
      'check',
      'fake-source ! fake-sink',
      ...names.flatMap((name) => ['--plugin', `./${name}.mjs`]),
    ];
    try {
      await runCases(folder.path, [
        [checking('syntax'), 2, /Cannot load the plugin \.\/syntax\.mjs: Unexpected token/],
        [checking('lacks'), 2, /Cannot load the plugin \.\/lacks\.mjs: Cannot find package 'leat-nothing'/],
        [
          checking('empty'),
          2,
          /\.\/empty\.mjs exports no elements, but colour, half; export what\s+defineElement\s+returns;\s+it needs a name, props, pads and create/,
        ],
        [checking('never'), 1, /The process ended before the command was done: .*waits for what never comes \[cli\/ended-early\]/],
        [checking('first', 'second'), 2, /\.\/second\.mjs brings an element named mine, but \.\/first\.mjs has one of this name;\s+rename/],
        [['run', 'graph.json'], 2, /graph\.json:3:5 \/plugins\/0 \[plugin\/failed\]\n +Cannot load the plugin \.\/throws\.mjs: No licence/],
        [['inspect', '--plugin', './throws.mjs'], 2, /Cannot load the plugin \.\/throws\.mjs: No licence/],
      ]);
    } finally {
      folder.remove();
    }
  });
});
