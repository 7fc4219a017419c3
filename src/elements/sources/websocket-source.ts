// Hears the messages of a WebSocket server, for months: what is lost is connected to again, with a raised epoch.
//
// src: text, json or bytes, as `format` says, a message a buffer, whether its frames were text or binary; pts is when it came. Its value
// holds `text` or `json`; of bytes the payload is in the slab. A server that does not answer at the start does not keep the graph from
// starting. Whether it is still there is asked with pings. What the graph does not take in time is dropped as `inbox` says, and counted;
// a message longer than `maxMessageBytes` costs the connection.
//
// Errors: `media/bad-url`, `media/unauthorised`, `media/not-found`, `media/certificate`, `media/library-missing` at the start, where no
// waiting would help. Anything else, and anything later, is a warning, `media/reconnecting`, and another attempt. Told: `media/malformed`.
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { keepSecret } from '../../core/secrets.ts';
import { bytes, eitherOf, json, text } from '../../media/media-types.ts';
import { liveMessages } from '../../media/message/live-messages.ts';
import { messageProps } from '../../media/message/message-props.ts';
import { websocketConnection } from '../../media/message/websocket-connection.ts';
import { tlsProps } from '../../media/reader/tls-props.ts';

const props = z.strictObject({
  url: z.string().min(1).meta({
    description: 'The server: ws://user:password@host:port/path, or wss:// with TLS. What it holds of secrets is never shown.',
  }),
  protocols: z.array(z.string().min(1)).default([]).meta({ description: 'Subprotocols to choose from, the preferred first.' }),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: 'Headers of the request, such as Authorization, whose values are never shown.' }),
  send: z.array(z.string()).default([]).meta({ description: 'Texts that are sent after each connection: what subscribes, say.' }),
  pingIntervalMs: z.number().gt(0).max(3_600_000).default(20_000).meta({
    description: 'How often it is asked whether it is there, in milliseconds; it has to answer before it is asked again.',
  }),
  ...messageProps,
  ...tlsProps,
});

export const websocketSource = defineElement({
  name: 'websocket-source',
  klass: 'Source/Message/Network',
  summary: 'Hears the messages of a WebSocket server, and connects anew whenever it is lost.',
  example: 'websocket-source url=ws://127.0.0.1:8080/feed format=json ! json-lines-sink path=-',
  props,
  pads: { src: srcPad(eitherOf(eitherOf(text(), json()), bytes())) },
  live: true,
  check: ({ props: { headers } }) => {
    for (const value of Object.values(headers)) keepSecret(value);
    return [];
  },
  ...liveMessages((input: z.output<typeof props>, { baseFolder }) =>
    websocketConnection({ ...input, caFile: input.caFile === undefined ? undefined : resolve(baseFolder, input.caFile) }),
  ),
});
