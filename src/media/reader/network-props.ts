// What every source of pictures that come over the network is told, and what it asks for by that.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { NetworkInput } from './media-input.ts';
import { tlsProps } from './tls-props.ts';

export const networkProps = {
  threads: z.int().min(1).max(64).default(1).meta({ description: "The decoder's threads; more than one delay each frame." }),
  ...tlsProps,
};

type Props = z.output<z.ZodObject<typeof networkProps>> & { readonly url: string; readonly connectTimeoutMs: number };

/** @param baseFolder The graph's. */
export function networkInput({ url, connectTimeoutMs, verifyTls, caFile }: Props, baseFolder: string): NetworkInput {
  const authorities = caFile === undefined ? undefined : resolve(baseFolder, caFile);
  return { kind: 'network', url, timeoutMs: connectTimeoutMs, verifyTls, caFile: authorities };
}
