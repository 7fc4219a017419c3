// Finds the family of a model by its type, parses what the manifest says to it, and explains what does not fit.
import type { z } from 'zod';
import { nearestName } from '../../core/graph/nearest-name.ts';
import { DecoderError } from '../video/decoder-error.ts';
import { type AnyDetectionHead, type HeadOutput, type HeadPlan, type HeadTask, Misfit } from './detection-head.ts';
import { formatOutput } from './head-outputs.ts';

export interface HeadChoice {
  readonly head: AnyDetectionHead;
  readonly params: unknown;
}

/** @throws DecoderError `decoder/no-type`, `decoder/unknown-type`, `decoder/bad-params`. */
export function chooseHead(
  heads: readonly AnyDetectionHead[],
  type: string | undefined,
  written: Readonly<Record<string, unknown>>,
): HeadChoice {
  const types = heads.map((head) => head.type);
  if (type === undefined) {
    throw new DecoderError(
      'decoder/no-type',
      `Cannot tell how to read the model's outputs: its manifest has no decoder, and the property type is not set; types are ${types.join(', ')}`,
    );
  }
  const head = heads.find((one) => one.type === type);
  if (head === undefined) {
    const near = nearestName(type, types);
    const hint = near === undefined ? `types are ${types.join(', ')}` : `did you mean ${near}?`;
    throw new DecoderError('decoder/unknown-type', `There is no detection decoder of the type ${type}; ${hint}`);
  }
  const parsed = head.params.safeParse(written);
  if (!parsed.success)
    throw new DecoderError('decoder/bad-params', `Cannot decode as ${type}: ${parsed.error.issues.map(issueText).join('; ')}`);
  return { head, params: parsed.data };
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

/**
 * What reads outputs of these shapes.
 *
 * @throws DecoderError `decoder/wrong-shape`, which says what was found, what the family looks like and what would fit.
 */
export function planHead(heads: readonly AnyDetectionHead[], { head, params }: HeadChoice, task: Omit<HeadTask, 'params'>): HeadPlan {
  try {
    return head.plan({ ...task, params });
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const fitting = heads.filter((other) => other !== head && fits(other, task)).map((other) => other.type);
    const advice = fitting.length === 0 ? 'no other type fits either' : `the type ${fitting.join(' or ')} would fit`;
    const text = `Cannot decode as ${head.type}: ${error.message}. The family looks like this: ${head.looks}; ${advice}`;
    throw new DecoderError('decoder/wrong-shape', text, { cause: error });
  }
}

function fits(head: AnyDetectionHead, task: Omit<HeadTask, 'params'>): boolean {
  const params = head.params.safeParse({});
  if (!params.success) return false;
  try {
    head.plan({ ...task, params: params.data });
    return true;
  } catch {
    return false;
  }
}

/** Whether two lists of outputs look the same to a family. */
export function sameOutputs(a: readonly HeadOutput[], b: readonly HeadOutput[]): boolean {
  return a.length === b.length && a.every((one, index) => formatOutput(one) === formatOutput(b[index]!));
}
