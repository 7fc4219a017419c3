// Stands between a camera that speaks RTSP and who watches it, and does with each packet of its media as it is told: by TCP, where they
// come between the answers of the server, and by UDP, where it has the camera send to itself.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface RtspMeddler {
  readonly url: string;
  close(): Promise<void>;
}

/** What becomes of an RTP packet; undefined: it is lost. */
export type Meddle = (packet: Buffer) => Buffer | undefined;

/** An RTP packet, or a report of its sender's, by its first bytes; see RFC 5761, section 4. */
const isReport = (packet: Buffer): boolean => packet[1]! >= 192 && packet[1]! <= 223;

export async function startRtspMeddler(port: number, meddle: Meddle, path = '/cam'): Promise<RtspMeddler> {
  const ends = new Set<() => void>();
  const pass = (packet: Buffer): Buffer | undefined => (isReport(packet) ? packet : meddle(packet));
  const server = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    const relays: UdpSocket[] = [];
    const end = (): void => {
      ends.delete(end);
      for (const socket of [inner, outer]) socket.destroy();
      for (const relay of relays.splice(0)) relay.close();
    };
    ends.add(end);
    for (const socket of [inner, outer]) socket.on('error', end).on('close', end);
    outer.on(
      'data',
      interleaved(
        (packet) => pass(packet),
        (bytes) => inner.write(bytes),
      ),
    );
    let asking = Promise.resolve();
    inner.on('data', (bytes: Buffer) => {
      asking = asking.then(async () => {
        const ports = bytes[0] === 0x24 ? null : /client_port=(\d+)-(\d+)/.exec(bytes.toString('latin1'));
        if (ports === null) return void outer.write(bytes);
        const own: number[] = [];
        for (const wanted of ports.slice(1).map(Number)) {
          const relay = createSocket('udp4');
          relays.push(relay);
          relay.on('message', (packet) => {
            const passed = pass(packet);
            if (passed !== undefined) relay.send(passed, wanted, '127.0.0.1');
          });
          relay.bind(0, '127.0.0.1');
          await once(relay, 'listening');
          own.push(relay.address().port);
        }
        outer.write(bytes.toString('latin1').replace(ports[0], `client_port=${own.join('-')}`), 'latin1');
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: async () => {
      for (const end of [...ends]) end();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Takes apart what a server says: `$`, a channel, a length of two bytes and a packet; or text. */
function interleaved(pass: Meddle, say: (bytes: Buffer) => void): (piece: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    while (rest.length > 0) {
      if (rest[0] !== 0x24) {
        const next = rest.indexOf(0x24);
        // No answer holds a dollar, but one that is no packet is not taken for one.
        const text = rest.subarray(0, next < 0 ? rest.length : next);
        say(text);
        rest = rest.subarray(text.length);
        continue;
      }
      if (rest.length < 4) return;
      const length = rest.readUInt16BE(2);
      if (rest.length < 4 + length) return;
      const passed = pass(rest.subarray(4, 4 + length));
      if (passed !== undefined) {
        const head = Buffer.from(rest.subarray(0, 4));
        head.writeUInt16BE(passed.length, 2);
        say(Buffer.concat([head, passed]));
      }
      rest = rest.subarray(4 + length);
    }
  };
}
