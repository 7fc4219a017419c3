import { z } from 'zod';

/** What becomes of pictures of which packets were lost or damaged. */
export const corruptProps = {
  onCorrupt: z.enum(['mark', 'drop']).default('mark').meta({
    description:
      'What becomes of a picture that the decoder had to guess in part. mark: it is given, and marked as corrupt; drop: it is left out. Both are counted.',
  }),
};
