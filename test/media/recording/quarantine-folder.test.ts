import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Element } from '../../../src/core/element/element.ts';
import { quarantineOptions } from '../../../src/core/element/quarantine-options.ts';
import { ElementError } from '../../../src/core/errors.ts';
import type { GraphInput } from '../../../src/core/graph/graph-description.ts';
import type { Message } from '../../../src/core/pipeline/message.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { createPipeline, loadGraph } from '../../../src/load-graph.ts';
import { QuarantineFolder } from '../../../src/media/recording/quarantine-folder.ts';
import { type ReadRecord, RecordingReader } from '../../../src/media/recording/recording-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('quarantine folder', () => {
  const at = temporaryFolder();
  const files = (ending: string): string[] =>
    readdirSync(at('q'))
      .filter((name) => name.endsWith(ending))
      .sort();

  /** Runs a graph to its end; what was told of on the way. */
  const play = async (graph: GraphInput) => {
    const pipeline = createPipeline(await loadGraph({ description: graph }), { outputFolder: at() });
    const messages: Message[] = [];
    pipeline.bus.on('*', (message) => messages.push(message));
    const summary = await pipeline.run();
    const heard = <T extends Message['type']>(type: T) =>
      messages.filter((message) => message.type === type) as Extract<Message, { type: T }>[];
    return { summary, heard };
  };

  /** The one buffer of a recording, but for when it came. */
  const recorded = async (path: string) => {
    const reader = await RecordingReader.open(path);
    await reader.next();
    const { header, slabs } = (await reader.next()) as ReadRecord;
    await reader.close();
    return { header: { ...header, at: 0 }, slabs };
  };

  /** Tensors of 64 bytes, and a model that fails on every one of them. */
  const failing = (quarantine: object, more: object = {}, count = 5): GraphInput => ({
    elements: {
      s: { type: 'fake-source', props: { media: 'tensor', sizeBytes: 64, count } },
      model: {
        type: 'fake-inference',
        props: { serviceMs: 0, failureRate: 1 },
        onError: 'skip',
        quarantine: { folder: 'q', ...quarantine },
        ...more,
      },
      end: { type: 'fake-sink' },
    },
    links: ['s ! model ! end'],
  });

  it('holds each buffer as a recording, in which the element meets it again', async () => {
    const { summary, heard } = await play(failing({}, {}, 2));
    assert.deepEqual(summary.elements[1]!.dropped, { quarantined: 2 });
    assert.deepEqual(files('.leat'), ['model-s-0-0.leat', 'model-s-0-1.leat']);
    assert.deepEqual(
      heard('quarantine').map(({ file }) => file),
      [at('q', 'model-s-0-0.leat'), at('q', 'model-s-0-1.leat')],
    );
    const { graph, ...note } = JSON.parse(readFileSync(at('q', 'model-s-0-1.json'), 'utf8'));
    assert.deepEqual(
      [note.element, note.source, note.epoch, note.sequence, note.attempts, note.error.code],
      ['model', 's', 0, 1, 1, 'inference/declared-failure'],
    );
    await assert.rejects(play(graph), { code: 'inference/declared-failure', element: 'model' });
    graph.elements.model = { type: 'identity' };
    graph.elements.end = { type: 'record', props: { path: 'again.leat' } };
    await play(graph);
    const [was, is] = [await recorded(at('q', 'model-s-0-1.leat')), await recorded(at('again.leat'))];
    assert.deepEqual(is, was, 'byte for byte');
    assert.equal(was.slabs[0]!.length, 64);
  });

  it('holds them from a worker thread, too', async () => {
    const { heard } = await play(failing({}, { thread: 'a' }, 1));
    assert.deepEqual(files('.leat'), ['model-s-0-0.leat']);
    assert.equal(heard('quarantine')[0]!.file, at('q', 'model-s-0-0.leat'));
  });

  it('keeps the first, or the last, when it is full by number', async () => {
    await play(failing({ maxFiles: 2 }));
    assert.deepEqual(files('.leat'), ['model-s-0-0.leat', 'model-s-0-1.leat']);
    assert.deepEqual(files('.json'), ['model-s-0-0.json', 'model-s-0-1.json']);
    await play(failing({ maxFiles: 2, keep: 'last' }));
    assert.deepEqual(files('.leat'), ['model-s-0-3.leat', 'model-s-0-4.leat']);
    assert.deepEqual(files('.json'), ['model-s-0-3.json', 'model-s-0-4.json']);
  });

  it('is full by bytes, those of earlier runs included, and takes nothing that is larger than it is', async () => {
    await play(failing({}, {}, 1));
    const one = readFileSync(at('q', 'model-s-0-0.leat')).length;
    await play(failing({ maxBytes: 1024 }));
    assert.equal(files('.leat').length, Math.floor(1024 / one));
    const large = failing({ maxBytes: 1024 }, {}, 1);
    large.elements['s']!.props = { media: 'tensor', sizeBytes: 4096, count: 1 };
    const { heard } = await play(large);
    assert.equal(heard('quarantine')[0]!.file, undefined);
  });

  it('that cannot be made costs a warning', async () => {
    writeFileSync(at('q'), 'a file');
    const { heard } = await play(failing({}, {}, 1));
    assert.deepEqual(
      heard('warning').map(({ code }) => code),
      ['quarantine/not-written'],
    );
    assert.match(
      heard('warning')[0]!.text,
      /^model: what was put aside could not be written down: Cannot write .*q: part of its path is a file, not a folder$/,
    );
  });

  it('takes as much of each element as that one says, where several share it', async () => {
    const graph = failing({ maxFiles: 4 });
    graph.elements['other'] = { ...graph.elements['model']!, quarantine: { folder: 'q', maxFiles: 2 } };
    graph.elements['second'] = { ...graph.elements['s']! };
    graph.elements['last'] = { type: 'fake-sink' };
    graph.links!.push('second ! other ! last');
    await play(graph);
    const mine = (name: string): number => files('.leat').filter((file) => file.startsWith(name)).length;
    assert.equal(files('.leat').length, 4);
    assert.ok(mine('other') <= 2, files('.leat').join(' '));
  });

  it('tells at once what cannot be written after all, and holds no more than it may until its turn comes', async () => {
    const failures: string[] = [];
    const folder = new QuarantineFolder({ folder: 'q' }, at(), (error) => failures.push((error as Error).message));
    const buffer = new StreamBuffer({ caps: { media: 'test', fields: {} }, pts: 0, source: 's' });
    const element = { name: 'it', written: {}, isTerminal: true, definition: { name: 'it' } } as unknown as Element;
    const limits = quarantineOptions.parse({ maxFiles: 2, keep: 'last' });
    const put = (sequence: number): string | undefined => {
      buffer.sequence = sequence;
      return folder.add({ element, buffer, error: new ElementError('it', 'a/b', 'no'), attempts: 1 }, limits);
    };
    for (let sequence = 0; sequence < 5; sequence++) assert.equal(put(sequence), at('q', `it-s-0-${sequence}.leat`));
    await folder.finish();
    assert.deepEqual([files('.leat'), failures], [['it-s-0-3.leat', 'it-s-0-4.leat'], []]);
    rmSync(at('q'), { recursive: true });
    put(5);
    await folder.finish();
    assert.match(failures.join(), /^Cannot write .*it-s-0-5\.leat: its folder does not exist$/);
  });
});
