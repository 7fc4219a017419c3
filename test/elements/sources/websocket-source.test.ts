import assert from 'node:assert/strict';
import type { WebSocket } from 'ws';
import { websocketSource } from '../../../src/elements/sources/websocket-source.ts';
import { hasOpenssl } from '../../peers/certificate.ts';
import { type FeedServer, startFeed } from '../../peers/feed-server.ts';
import { startOddCamera } from '../../peers/rtsp-camera.ts';
import { type Heard, hearing } from '../../support/hearing.ts';

describe('websocket-source', function () {
  this.timeout(60_000);

  const textOf = ({ value }: Heard): string => (value as { text: string }).text;

  const listening = async (props: object, hold?: () => Promise<void> | undefined) => {
    const graph = hearing(websocketSource, props, hold);
    await graph.until(() => graph.messages.some((message) => message.type === 'state-changed' && message.to === 'playing'));
    return graph;
  };

  let feed: FeedServer;

  beforeEach(async () => {
    feed = await startFeed();
  });

  afterEach(() => feed.close());

  describe('data', () => {
    it('gives messages as text, whether they were text or binary, whole or in pieces', async () => {
      const { heard, until, stop } = await listening({ url: feed.url });
      feed.say('für', Buffer.from('alle'), '');
      const [client] = feed.clients;
      client!.send('in ', { fin: false });
      client!.send('pieces', { fin: true });
      await until(() => heard.length >= 4);
      await stop();
      assert.deepEqual(
        heard.map(({ media, value, epoch, discont }) => [media, value, epoch, discont]),
        ['für', 'alle', '', 'in pieces'].map((text) => ['text', { text }, 0, false]),
      );
      assert.ok(heard.every(({ pts }, index) => pts >= (heard[index - 1]?.pts ?? 0)));
    });

    it('gives the values of JSON, and counts and tells of what is none', async () => {
      const { heard, until, stop, element, codes, texts } = await listening({ url: feed.url, format: 'json' });
      feed.say('{"a":[1,null]}', '', '{"a":', Buffer.from([0x22, 0xff, 0x22]), '"end"');
      await until(() => heard.length >= 2);
      await stop();
      assert.deepEqual(
        heard.map(({ media, value, discont }) => [media, value, discont]),
        [
          ['json', { json: { a: [1, null] } }, false],
          ['json', { json: 'end' }, true],
        ],
      );
      assert.deepEqual(element().dropped, { malformed: 3 });
      assert.ok(codes().includes('media/malformed'));
      assert.match(texts(), /A message from ws:\/\/127\.0\.0\.1:\d+\/? is no JSON; it was dropped/);
    });

    it('marks what is malformed where that is asked for, and keeps the connection', async () => {
      const { heard, until, stop, codes } = await listening({ url: feed.url, onMalformed: 'corrupt' });
      const [client] = feed.clients;
      // As text, which has to be UTF-8.
      client!.send(Buffer.from([0x61, 0xff, 0x62]), { binary: false });
      feed.say('good');
      await until(() => heard.length >= 2);
      await stop();
      assert.deepEqual(
        heard.map((one) => [textOf(one), one.corrupt, one.epoch]),
        [
          ['a\uFFFDb', true, 0],
          ['good', false, 0],
        ],
      );
      assert.ok(!codes().includes('media/reconnecting'));
    });

    it('gives bytes as they come, none and many', async () => {
      const { heard, until, stop } = await listening({ url: feed.url, format: 'bytes' });
      feed.say(Buffer.from([0, 255]), Buffer.alloc(0), 'text', Buffer.alloc(100_000, 7));
      await until(() => heard.length >= 4);
      await stop();
      assert.deepEqual(
        heard.map(({ media, bytes }) => [media, bytes]),
        ['\x00\xff', '', 'text', '\x07'.repeat(100_000)].map((bytes) => ['bytes', bytes]),
      );
    });

    it('asks with its headers, its user and its protocols, and says what it is to say after each connection', async () => {
      const url = feed.url.replace('//', '//ear:s3cret@');
      const props = { url, headers: { 'X-Key': 'k3y-of-mine' }, protocols: ['one', 'two'], send: ['subscribe', 'go'] };
      const { until, stop, codes, messages } = await listening(props);
      await feed.told(2);
      for (const client of feed.clients) client.terminate();
      await until(() => codes().includes('media/reconnected'));
      assert.deepEqual(await feed.told(4), ['subscribe', 'go', 'subscribe', 'go']);
      await stop();
      for (const { headers } of feed.requests) {
        assert.equal(headers['x-key'], 'k3y-of-mine');
        assert.equal(headers.authorization, `Basic ${Buffer.from('ear:s3cret').toString('base64')}`);
        assert.equal(headers['sec-websocket-protocol'], 'one,two');
      }
      assert.doesNotMatch(JSON.stringify(messages), /s3cret|k3y-of-mine/);
    });
  });

  describe('backpressure', () => {
    for (const onFull of ['dropOldest', 'dropNewest'] as const) {
      it(`drops and counts what the graph does not take in time: ${onFull}`, async () => {
        let letGo = (): void => undefined;
        const held = new Promise<void>((resolve) => {
          letGo = resolve;
        });
        const inbox = { maxMessages: 4, onFull };
        const { heard, until, stop, pipeline } = await listening({ url: feed.url, inbox }, () => held);
        const many = 200;
        for (let index = 0; index < many; index++) feed.say(String(index));
        const lost = (): number =>
          pipeline
            .summary()
            .elements.flatMap(({ dropped }) => Object.values(dropped))
            .reduce((sum, count) => sum + count, 0);
        await feed.heardByAll();
        letGo();
        await until(() => heard.length + lost() >= many);
        await stop();
        assert.equal(heard.length + lost(), many);
        assert.ok(lost() > 0);
        const numbers = heard.map((one) => Number(textOf(one)));
        assert.deepEqual(
          numbers,
          [...numbers].sort((one, other) => one - other),
        );
        if (onFull === 'dropOldest') assert.equal(numbers.at(-1), many - 1);
      });
    }
  });

  describe('stop', () => {
    it('takes its leave of the server', async () => {
      const { heard, until, stop } = await listening({ url: feed.url });
      const left = new Promise((resolve) => {
        for (const client of feed.clients) client.once('close', resolve);
      });
      feed.say('x');
      await until(() => heard.length === 1);
      await stop();
      await left;
      assert.deepEqual(feed.farewells, [1000]);
    });

    it('ends it while it waits for a server that is away', async () => {
      const { until, stop, codes } = await listening({ url: feed.url, reconnect: { firstDelayMs: 60_000, maxDelayMs: 60_000 } });
      await feed.stop();
      await until(() => codes().includes('media/reconnecting'));
      await stop();
    });

    it('may be played again after it, any number of times', async () => {
      const { pipeline, heard, until, stop, messages } = await listening({ url: feed.url });
      await stop();
      messages.length = 0;
      const again = pipeline.run();
      await until(() => messages.some((message) => message.type === 'state-changed' && message.to === 'playing'));
      feed.say('x');
      await until(() => heard.length === 1);
      pipeline.stop();
      await again;
    });
  });

  describe('with a server that is lost', () => {
    const lost: readonly (readonly [how: string, lose: (client: WebSocket) => void, text: RegExp])[] = [
      ['that goes away', (client) => client.terminate(), /the other side broke the connection off/],
      ['that says goodbye', (client) => client.close(), /the server has ended the connection;/],
      ['that says why', (client) => client.close(4001, 'moved'), /with the code 4001: moved/],
      ['that ends in order', (client) => client.close(1001), /with the code 1001;/],
    ];
    for (const [how, lose, text] of lost) {
      it(`connects to one ${how} anew, in a new epoch`, async () => {
        const { heard, until, stop, codes, texts } = await listening({ url: feed.url });
        feed.say('before');
        await until(() => heard.length === 1);
        for (const client of feed.clients) lose(client);
        await until(() => codes().includes('media/reconnected'));
        feed.say('after');
        await until(() => heard.length === 2);
        await stop();
        assert.deepEqual(
          heard.map((one) => [textOf(one), one.epoch]),
          [
            ['before', 0],
            ['after', 1],
          ],
        );
        assert.match(texts(), text);
      });
    }

    it('starts without it, and hears it once it is there', async () => {
      await feed.stop();
      const { heard, until, stop, codes, texts } = await listening({ url: feed.url });
      await until(() => codes().includes('media/reconnecting'));
      assert.match(texts(), /nothing listens there/);
      await feed.start();
      await until(() => codes().includes('media/reconnected'));
      feed.say('x');
      await until(() => heard.length === 1);
      await stop();
      assert.equal(heard[0]!.epoch, 0, 'nothing came before');
    });

    it('takes a refusal for one that passes, once it was let in', async () => {
      const { heard, until, stop, codes, texts } = await listening({ url: feed.url });
      feed.refuse(401);
      for (const client of feed.clients) client.terminate();
      await until(() => /401 Unauthorized/.test(texts()));
      feed.refuse(undefined);
      await until(() => codes().includes('media/reconnected'));
      feed.say('x');
      await until(() => heard.length === 1);
      await stop();
    });

    it('gives up a connection by which a message comes that is too long, and says so', async () => {
      const { heard, until, stop, codes, texts, element } = await listening({ url: feed.url, maxMessageBytes: 1000 });
      feed.say('a'.repeat(1000), 'b'.repeat(1001));
      await until(() => codes().includes('media/reconnected'));
      feed.say('c');
      await until(() => heard.length === 2);
      await stop();
      assert.deepEqual(
        heard.map((one) => [textOf(one).length, one.epoch, one.discont]),
        [
          [1000, 0, false],
          [1, 1, true],
        ],
      );
      assert.deepEqual(element().dropped, { 'too-large': 1 });
      assert.match(texts(), /a message of more than 1000 bytes; raise maxMessageBytes/);
    });

    it('notices that it answers no ping', async () => {
      const deaf = await startFeed({ autoPong: false });
      try {
        const { until, stop, codes, texts } = await listening({ url: deaf.url, pingIntervalMs: 50 });
        await until(() => codes().includes('media/reconnected'));
        await stop();
        assert.match(texts(), /it did not answer a ping within 50/);
      } finally {
        await deaf.close();
      }
    });

    it('notices that it has fallen silent, where that is a fault', async () => {
      const { until, stop, codes, texts } = await listening({ url: feed.url, silenceTimeoutMs: 50 });
      await until(() => codes().includes('media/reconnected'));
      await stop();
      assert.match(texts(), /it has fallen silent: nothing came within 50/);
    });
  });

  describe('errors', () => {
    const failing = async (props: object, code: string, text: RegExp) => {
      const { running, assertClean, messages } = hearing(websocketSource, props);
      await assert.rejects(running, (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, text);
        assert.doesNotMatch(JSON.stringify([error.message, messages]), /wr0ng/);
        return true;
      });
      assertClean();
    };

    it('are told of URLs that are none', async () => {
      await failing({ url: 'feed' }, 'media/bad-url', /it is no URL; expected one of ws:\/\/host, wss:\/\/host/);
      await failing({ url: 'http://ear:wr0ng@127.0.0.1' }, 'media/bad-url', /http is no protocol of messages/);
    });

    it('are told of servers that refuse', async () => {
      const url = feed.url.replace('//', '//ear:wr0ng@');
      for (const [status, code, text] of [
        [401, 'media/unauthorised', /it wants a user and a password, or a header/],
        [403, 'media/unauthorised', /this user may not hear it/],
        [404, 'media/not-found', /there is nothing under that path/],
      ] as const) {
        feed.refuse(status);
        await failing({ url }, code, text);
      }
    });

    it('of a server that fails keep nothing from starting', async () => {
      feed.refuse(503);
      const { heard, until, stop, codes, texts } = await listening({ url: feed.url });
      await until(() => codes().includes('media/reconnecting'));
      assert.match(texts(), /it answers 503 Service Unavailable in the place of a WebSocket/);
      feed.refuse(undefined);
      await until(() => codes().includes('media/reconnected'));
      feed.say('x');
      await until(() => heard.length === 1);
      await stop();
    });

    it('are told of one that accepts and says nothing, which keeps nothing from starting', async () => {
      const odd = await startOddCamera(() => undefined);
      const { until, stop, codes, texts } = await listening({ url: odd.url.replace('rtsp', 'ws'), connectTimeoutMs: 200 });
      await until(() => codes().includes('media/reconnecting'));
      assert.match(texts(), /did not answer within 200/);
      await stop();
      await odd.close();
    });

    it('are told of certificates that nobody vouches for or that have expired, and one of its own is trusted', async function () {
      if (!hasOpenssl()) {
        console.log('      (no openssl for certificates)');
        return this.skip();
      }
      const good = await startFeed({ tls: 'good' });
      const expired = await startFeed({ tls: 'expired' });
      try {
        await failing({ url: good.url }, 'media/certificate', /caFile/);
        await failing({ url: good.url, caFile: 'nowhere.pem' }, 'media/not-found', /there is no such file/);
        await failing({ url: expired.url, caFile: expired.certificate }, 'media/certificate', /has expired/);
        for (const props of [{ caFile: good.certificate }, { verifyTls: false }]) {
          const { heard, until, stop } = await listening({ url: good.url, ...props });
          good.say('x');
          await until(() => heard.length === 1);
          await stop();
        }
        const { until, stop, codes } = await listening({ url: feed.url.replace('ws:', 'wss:') });
        await until(() => codes().includes('media/reconnecting'));
        await stop();
      } finally {
        await good.close();
        await expired.close();
      }
    });
  });
});
