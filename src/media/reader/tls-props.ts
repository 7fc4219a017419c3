import { z } from 'zod';

/** The props of sources that may be reached through TLS. */
export const tlsProps = {
  verifyTls: z.boolean().default(true).meta({ description: 'Whether the certificate of the other side has to be good.' }),
  caFile: z.string().min(1).optional().meta({
    description:
      'A file of the certificates that are trusted, in place of those that the system knows; relative paths are relative to the graph.',
  }),
};
