import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { MediaError } from '../media-error.ts';

export interface TlsChoice {
  readonly verifyTls: boolean;
  /** Absolute. */
  readonly caFile?: string | undefined;
}

/** What Node's TLS is told. @throws MediaError `media/not-found`, `media/unreadable` for the file of certificates. */
export async function tlsOptions({ verifyTls, caFile }: TlsChoice): Promise<{ rejectUnauthorized: boolean; ca?: string }> {
  if (caFile === undefined) return { rejectUnauthorized: verifyTls };
  try {
    return { rejectUnauthorized: verifyTls, ca: await readFile(caFile, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new MediaError('media/not-found', `Cannot read the certificates ${caFile}: there is no such file`);
    throw new MediaError('media/unreadable', `Cannot read the certificates ${caFile}: ${message}`, { cause: error });
  }
}

/** The certificates that the system trusts: a statically linked TLS looks for them where it was built. */
export function systemAuthorities(): string | undefined {
  return [process.env['SSL_CERT_FILE'], '/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'].find(
    (file) => file !== undefined && existsSync(file),
  );
}
