import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { MediaError } from '../media-error.ts';

export interface TlsChoice {
  readonly verifyTls: boolean;
  /** Absolute. */
  readonly caFile?: string | undefined;
}

/** What Node's TLS is told. @throws MediaError `media/not-found`, `media/unreadable` for the file of certificates. */
export async function tlsOptions({ verifyTls, caFile }: TlsChoice): Promise<{ rejectUnauthorized: boolean; ca?: string[] }> {
  if (caFile === undefined) return { rejectUnauthorized: verifyTls };
  try {
    return { rejectUnauthorized: verifyTls, ca: [...rootCertificates, await readFile(caFile, 'utf8')] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new MediaError('media/not-found', `Cannot read the certificates ${caFile}: there is no such file`);
    throw new MediaError('media/unreadable', `Cannot read the certificates ${caFile}: ${message}`, { cause: error });
  }
}
