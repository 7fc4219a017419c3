import { z } from 'zod';
import { liveProps } from '../reader/live-props.ts';

/** The props of every source of messages. */
export const messageProps = {
  format: z.enum(['text', 'json', 'bytes']).default('text').meta({
    description: 'What the messages are, and what is given: text, in UTF-8; json, its value; bytes, as they come.',
  }),
  onMalformed: z.enum(['drop', 'corrupt']).default('drop').meta({
    description: 'What becomes of a message that is no UTF-8, or no JSON. drop: it is counted and told; corrupt: it is given, and marked.',
  }),
  maxMessageBytes: z
    .int()
    .min(1)
    .max(2 ** 28)
    .default(2 ** 20)
    .meta({ description: 'Bytes of a message that is taken; a longer one is counted as too-large.' }),
  inbox: z
    .strictObject({
      maxMessages: z.int().min(1).max(1_000_000).default(256).meta({ description: 'Messages that may wait.' }),
      maxBytes: z
        .int()
        .min(1)
        .max(2 ** 31)
        .default(2 ** 26)
        .meta({ description: 'Bytes of messages that may wait.' }),
      onFull: z
        .enum(['dropOldest', 'dropNewest'])
        .default('dropOldest')
        .meta({ description: 'Which are lost, and counted as overrun, when more come than are taken.' }),
    })
    .prefault({})
    .meta({ description: 'What has come and waits until the graph takes it.' }),
  connectTimeoutMs: liveProps.connectTimeoutMs.meta({ description: 'How long connecting may take, in milliseconds.' }),
  silenceTimeoutMs: z.number().gt(0).max(86_400_000).optional().meta({
    description: 'How long no message may come before it is connected to anew, in milliseconds. Default: for ever.',
  }),
  reconnect: liveProps.reconnect,
};
