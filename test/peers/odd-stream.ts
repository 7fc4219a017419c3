// An RTSP camera that offers a stream as it is described, and sends what it is told, which is no media.
import type { Socket } from 'node:net';
import { type OddCamera, startOddCamera } from './rtsp-camera.ts';

/** @param media Lines of SDP: `m=video 0 RTP/AVP 96`, `a=rtpmap:96 NOBODY-KNOWS/90000`. */
export function startOddStream(...media: readonly string[]): Promise<OddCamera> {
  const sdp = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=odd', 't=0 0', 'a=control:*', ...media, 'a=control:track0', ''].join('\r\n');
  const answer = (request: string, socket: Socket): string => {
    const [, method] = /^(\w+) /.exec(request) ?? [];
    if (method === 'OPTIONS') return 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n';
    if (method === 'DESCRIBE') return `Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`;
    if (method === 'SETUP') return 'Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n';
    if (method === 'PLAY') send(socket, 0);
    return 'Session: 1\r\n\r\n';
  };
  /** Packets of twelve bytes of head and nothing that anybody could read, for as long as somebody listens. */
  const send = (socket: Socket, count: number): void => {
    if (socket.destroyed) return;
    const packet = Buffer.alloc(4 + 12 + 40, 0x55);
    packet.write('$', 0, 'latin1');
    packet.writeUInt8(0, 1);
    packet.writeUInt16BE(packet.length - 4, 2);
    packet.writeUInt8(0x80, 4);
    packet.writeUInt8(0x80 | 96, 5);
    packet.writeUInt16BE(count & 0xffff, 6);
    packet.writeUInt32BE(count * 3000, 8);
    packet.writeUInt32BE(1, 12);
    setImmediate(() => socket.write(packet, () => setTimeout(send, 20, socket, count + 1)));
  };
  return startOddCamera((socket) => {
    socket.setEncoding('latin1').on('data', (request: string) => {
      const number = /CSeq: (\d+)/i.exec(request)?.[1] ?? '0';
      if (/^[A-Z]+ /.test(request)) socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${number}\r\n${answer(request, socket)}`);
    });
  });
}
