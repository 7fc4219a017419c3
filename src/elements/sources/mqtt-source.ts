// Hears topics of an MQTT broker, for months: what is lost is connected and subscribed to again, with a raised epoch.
//
// src: text, json or bytes, as `format` says, a message a buffer; pts is when it came. Its value holds its `topic`, whether it was
// `retained`, and `text` or `json`; of bytes the payload is in the slab. A broker that does not answer at the start does not keep the
// graph from starting. Nothing a broker sends is held up: what the graph does not take in time is dropped as `inbox` says, and counted.
// With qos 1 and 2 that holds for what has been handed over; what was published meanwhile comes with `keepSession`.
//
// Errors: `media/bad-url`, `media/unauthorised`, `media/certificate`, `media/library-missing` at the start, where no waiting would
// help. Anything else, and anything later, is a warning, `media/reconnecting`, and another attempt. Told: `media/malformed`.
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineElement } from '../../core/element/define-element.ts';
import { srcPad } from '../../core/element/pad-template.ts';
import { keepSecret } from '../../core/secrets.ts';
import { bytes, eitherOf, json, text } from '../../media/media-types.ts';
import { liveMessages } from '../../media/message/live-messages.ts';
import { messageProps } from '../../media/message/message-props.ts';
import { mqttConnection } from '../../media/message/mqtt-connection.ts';
import { tlsProps } from '../../media/reader/tls-props.ts';

/** Levels between slashes: `+` stands for a whole one, `#` for all that follow, and only at the end. */
const TOPIC_FILTER = /^(?:#|(?:[^+#/]*|\+)(?:\/(?:[^+#/]*|\+))*(?:\/#)?)$/;

const props = z.strictObject({
  url: z.string().min(1).meta({
    description: 'The broker: mqtt://host:1883, mqtts:// with TLS, ws:// or wss://. What it holds of secrets is never shown.',
  }),
  topics: z
    .array(z.string().min(1).max(65535).regex(TOPIC_FILTER))
    .min(1)
    .meta({ description: 'What is subscribed to; + stands for one level of a topic, # for all that follow.' }),
  qos: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .default(0)
    .meta({ description: 'How often a message comes. 0: at most once; 1: at least once; 2: exactly once.' }),
  user: z.string().min(1).optional().meta({ description: 'Who connects. Default: the user of the URL.' }),
  password: z
    .string()
    .optional()
    .meta({ description: 'Their password, never shown; best a reference to the environment. Default: that of the URL.' }),
  clientId: z.string().min(1).max(128).optional().meta({ description: 'What the broker knows it by. Default: a name by chance.' }),
  keepSession: z
    .boolean()
    .default(false)
    .meta({ description: 'The broker keeps messages of qos 1 and 2 while it is away; needs a clientId.' }),
  keepAliveS: z.int().min(1).max(65535).default(30).meta({
    description: 'How often, in seconds, the broker has to give a sign that it is there.',
  }),
  ...messageProps,
  ...tlsProps,
});

export const mqttSource = defineElement({
  name: 'mqtt-source',
  klass: 'Source/Message/Network',
  summary: 'Hears topics of an MQTT broker, and connects anew whenever it is lost.',
  example: 'mqtt-source url=mqtt://127.0.0.1:1883 topics=["sensors/#"] format=json ! json-lines-sink path=-',
  props,
  pads: { src: srcPad(eitherOf(eitherOf(text(), json()), bytes())) },
  live: true,
  check: ({ props: { keepSession, clientId, password } }) => {
    if (password !== undefined) keepSecret(password);
    if (!keepSession || clientId !== undefined) return [];
    const message = 'keepSession is set, and the broker has no clientId to keep it for';
    return [{ code: 'graph/missing-property', path: '/props/clientId', message }];
  },
  ...liveMessages((input: z.output<typeof props>, { baseFolder }) =>
    mqttConnection({ ...input, caFile: input.caFile === undefined ? undefined : resolve(baseFolder, input.caFile) }),
  ),
});
