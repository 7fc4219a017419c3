import assert from 'node:assert/strict';
import { mqttSource } from '../../../src/elements/sources/mqtt-source.ts';
import { checkGraph } from '../../../src/load-graph.ts';
import { type Broker, needsBroker, PASSWORD, startBroker, USER } from '../../peers/mqtt-broker.ts';
import { startOddCamera } from '../../peers/rtsp-camera.ts';
import { hearing } from '../../support/hearing.ts';

describe('mqtt-source', function () {
  this.timeout(60_000);

  const isPlaying = ({ messages }: ReturnType<typeof hearing>): boolean =>
    messages.some((message) => message.type === 'state-changed' && message.to === 'playing');

  const listening = async (props: object, hold?: () => Promise<void> | undefined) => {
    const graph = hearing(mqttSource, props, hold);
    await graph.until(() => isPlaying(graph));
    return graph;
  };

  describe('props', () => {
    const check = async (props: object) => {
      const description = { elements: { it: { type: 'mqtt-source', props }, to: { type: 'fake-sink' } }, links: ['it ! to'] };
      return (await checkGraph({ description: description as never })).issues.map(({ code, path }) => [code, path]);
    };

    it('take topics with wildcards where those may be', async () => {
      const url = 'mqtt://127.0.0.1';
      for (const topic of ['#', '+', 'a/b', 'a/+/b', '+/+', 'a/#', '+/#', '/', '$SYS/#']) {
        assert.deepEqual(await check({ url, topics: [topic] }), [], topic);
      }
      for (const topic of ['a#', 'a/#/b', 'a+', 'a/b+/c', '##', '']) {
        assert.equal((await check({ url, topics: [topic] })).length, 1, topic);
      }
    });

    it('have a clientId where the session is to be kept', async () => {
      const props = { url: 'mqtt://127.0.0.1', topics: ['a'], keepSession: true };
      assert.deepEqual(await check(props), [['graph/missing-property', '/elements/it/props/clientId']]);
      assert.deepEqual(await check({ ...props, clientId: 'ear' }), []);
    });
  });

  describe('with a broker', () => {
    let broker: Broker;
    let url: string;

    before(async function () {
      needsBroker(this as never);
      broker = await startBroker();
      url = `mqtt://127.0.0.1:${broker.port}`;
    });

    after(() => broker?.close());

    it('gives the messages of its topics as text, and no others', async () => {
      const { heard, until, stop } = await listening({ url, topics: ['house/+/heat', 'garden/#'], qos: 2 });
      for (const topic of ['house/hall/heat', 'house/hall/light', 'garden', 'garden/a/b', 'other']) {
        await broker.publish(topic, `of ${topic}, für alle`, { qos: 2 });
      }
      await until(() => heard.length >= 3);
      await stop();
      assert.deepEqual(
        heard.map(({ value, media }) => [media, value]),
        ['house/hall/heat', 'garden', 'garden/a/b'].map((topic) => ['text', { text: `of ${topic}, für alle`, topic, retained: false }]),
      );
      assert.ok(heard.every(({ pts, epoch }, index) => epoch === 0 && pts >= (heard[index - 1]?.pts ?? 0)));
    });

    it('gives the values of JSON, and counts what is none', async () => {
      const { heard, until, stop, element, codes, texts } = await listening({ url, topics: ['json'], format: 'json' });
      for (const payload of ['{"a":[1,null]}', '', '{"a":', Buffer.from([0x22, 0xff, 0x22]), '"end"'])
        await broker.publish('json', payload);
      await until(() => heard.length >= 2);
      await stop();
      assert.deepEqual(
        heard.map(({ value, discont, media }) => [media, (value as { json: unknown }).json, discont]),
        [
          ['json', { a: [1, null] }, false],
          ['json', 'end', true],
        ],
      );
      assert.deepEqual(element().dropped, { malformed: 3 });
      assert.ok(codes().includes('media/malformed'));
      assert.match(texts(), /A message of json from mqtt:\/\/127\.0\.0\.1:\d+ is no JSON/);
    });

    it('marks what is malformed where that is asked for', async () => {
      const { heard, until, stop } = await listening({ url, topics: ['text'], onMalformed: 'corrupt' });
      await broker.publish('text', Buffer.from([0x61, 0xff, 0x62]));
      await broker.publish('text', 'good');
      await until(() => heard.length >= 2);
      await stop();
      assert.deepEqual(
        heard.map(({ value, corrupt }) => [(value as { text: string }).text, corrupt]),
        [
          ['a\uFFFDb', true],
          ['good', false],
        ],
      );
    });

    it('gives bytes as they come, none and many, and says which were retained', async () => {
      await broker.publish('bytes/old', Buffer.from([0, 255]), { retain: true });
      const { heard, until, stop, element } = await listening({ url, topics: ['bytes/+'], format: 'bytes', maxMessageBytes: 1000 });
      await until(() => heard.length >= 1);
      await broker.publish('bytes/none', '');
      await broker.publish('bytes/long', Buffer.alloc(1001));
      await broker.publish('bytes/many', Buffer.alloc(1000, 7));
      await until(() => heard.length >= 3);
      await stop();
      assert.deepEqual(
        heard.map(({ media, value, bytes, discont }) => [media, value, bytes, discont]),
        [
          ['bytes', { topic: 'bytes/old', retained: true }, '\x00\xff', false],
          ['bytes', { topic: 'bytes/none', retained: false }, '', false],
          ['bytes', { topic: 'bytes/many', retained: false }, '\x07'.repeat(1000), true],
        ],
      );
      assert.deepEqual(element().dropped, { 'too-large': 1 });
    });

    it('drops and counts what the graph does not take in time', async () => {
      let letGo = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const { heard, until, stop, pipeline } = await listening({ url, topics: ['fast'], qos: 1, inbox: { maxMessages: 4 } }, () => held);
      const many = 60;
      for (let index = 0; index < many; index++) await broker.publish('fast', String(index));
      letGo();
      await until(() => (heard.at(-1)?.value as { text: string } | undefined)?.text === String(many - 1));
      await stop();
      // The queue behind it is that of a live edge, and drops too.
      const lost = pipeline.summary().elements.flatMap(({ dropped }) => Object.values(dropped));
      assert.equal(
        lost.reduce((sum, count) => sum + count, heard.length),
        many,
      );
      const texts = heard.map(({ value }) => Number((value as { text: string }).text));
      assert.deepEqual(
        heard.map(({ discont }) => discont),
        texts.map((text, index) => text !== (texts[index - 1] ?? -1) + 1),
        'what comes after a hole says so',
      );
    });

    it('may be stopped and played any number of times', async () => {
      const { pipeline, heard, until, stop, messages } = await listening({ url, topics: ['again'] });
      await stop();
      messages.length = 0;
      const again = pipeline.run();
      await until(() => messages.some((message) => message.type === 'state-changed' && message.to === 'playing'));
      await broker.publish('again', 'x');
      await until(() => heard.length === 1);
      pipeline.stop();
      await again;
    });
  });

  describe('with a broker that goes away', () => {
    let broker: Broker;

    beforeEach(async function () {
      needsBroker(this as never);
      broker = await startBroker();
    });

    afterEach(() => broker?.close());

    it('comes back with it, in a new epoch', async () => {
      const { heard, until, stop, codes } = await listening({ url: `mqtt://127.0.0.1:${broker.port}`, topics: ['a'] });
      await broker.publish('a', 'before');
      await until(() => heard.length === 1);
      await broker.stop();
      await until(() => codes().filter((code) => code === 'media/reconnecting').length >= 2);
      await broker.start();
      await until(() => codes().includes('media/reconnected'));
      await broker.publish('a', 'after');
      await until(() => heard.length === 2);
      await stop();
      assert.deepEqual(
        heard.map(({ value, epoch }) => [(value as { text: string }).text, epoch]),
        [
          ['before', 0],
          ['after', 1],
        ],
      );
    });

    it('starts without it, and hears it once it is there', async () => {
      await broker.stop();
      const { heard, until, stop, codes, texts } = await listening({ url: `mqtt://127.0.0.1:${broker.port}`, topics: ['a'] });
      await until(() => codes().includes('media/reconnecting'));
      assert.match(texts(), /nothing listens there/);
      await broker.start();
      await until(() => codes().includes('media/reconnected'));
      await broker.publish('a', 'x');
      await until(() => heard.length === 1);
      await stop();
    });

    it('notices that it hangs', async () => {
      const { until, stop, texts, codes } = await listening({ url: `mqtt://127.0.0.1:${broker.port}`, topics: ['a'], keepAliveS: 1 });
      broker.freeze();
      await until(() => codes().includes('media/reconnecting'));
      assert.match(texts(), /attempt 1 to connect again/);
      broker.thaw();
      await until(() => codes().includes('media/reconnected'));
      await stop();
    });
  });

  describe('errors', () => {
    const failing = async (props: object, code: string, text: RegExp) => {
      const { running, assertClean, messages } = hearing(mqttSource, { topics: ['a'], ...props });
      await assert.rejects(running, (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, text);
        assert.doesNotMatch(JSON.stringify([error.message, messages]), /wr0ng|s3cret/);
        return true;
      });
      assertClean();
    };

    it('are told of URLs that are none', async () => {
      await failing({ url: 'broker' }, 'media/bad-url', /it is no URL; expected one of mqtt:\/\/host/);
      await failing({ url: 'http://ear:wr0ng@127.0.0.1' }, 'media/bad-url', /http is no protocol of messages/);
    });

    it('are told of users who are not let in, and passwords are in no message', async function () {
      needsBroker(this);
      const broker = await startBroker({ locked: true });
      try {
        const url = `mqtt://127.0.0.1:${broker.port}`;
        await failing({ url }, 'media/unauthorised', /wants a user and a password/);
        await failing({ url, user: USER, password: 'wr0ng' }, 'media/unauthorised', /user/);
        await failing({ url: url.replace('//', `//${USER}:wr0ng@`) }, 'media/unauthorised', /user/);
        for (const props of [{ url, user: USER, password: PASSWORD }, { url: url.replace('//', `//${USER}:${PASSWORD}@`) }]) {
          const { heard, until, stop, messages, pipeline } = await listening({ ...props, topics: ['a'] });
          await broker.publish('a', 'x');
          await until(() => heard.length === 1);
          await stop();
          assert.doesNotMatch(JSON.stringify([messages, pipeline.summary()]), new RegExp(PASSWORD));
        }
      } finally {
        await broker.close();
      }
    });

    it('are told of certificates that nobody vouches for, and one of its own is trusted', async function () {
      needsBroker(this, { tls: true });
      const broker = await startBroker({ tls: 'good' });
      try {
        const url = `mqtts://127.0.0.1:${broker.port}`;
        await failing({ url }, 'media/certificate', /caFile/);
        await failing({ url, caFile: 'nowhere.pem' }, 'media/not-found', /there is no such file/);
        for (const props of [{ caFile: broker.certificate }, { verifyTls: false }]) {
          const { heard, until, stop } = await listening({ url, topics: ['a'], ...props });
          await broker.publish('a', 'x');
          await until(() => heard.length === 1);
          await stop();
        }
        const { until, stop, codes } = await listening({ url: url.replace('mqtts', 'mqtt'), topics: ['a'], connectTimeoutMs: 1000 });
        await until(() => codes().includes('media/reconnecting'));
        await stop();
      } finally {
        await broker.close();
      }
    });

    it('are told of certificates that have expired', async function () {
      needsBroker(this, { tls: true });
      const broker = await startBroker({ tls: 'expired' });
      try {
        const url = `mqtts://127.0.0.1:${broker.port}`;
        await failing({ url, caFile: broker.certificate }, 'media/certificate', /has expired/);
      } finally {
        await broker.close();
      }
    });

    it('are told of a server that accepts and says nothing, which keeps nothing from starting', async () => {
      const odd = await startOddCamera(() => undefined);
      const url = odd.url.replace('rtsp', 'mqtt');
      const { until, stop, codes, texts } = await listening({ url, topics: ['a'], connectTimeoutMs: 200 });
      await until(() => codes().includes('media/reconnecting'));
      assert.match(texts(), /did not answer within 200/);
      await stop();
      await odd.close();
    });
  });
});
