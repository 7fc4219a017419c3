// Questions to a worker thread that have to be answered before anything else happens: what its elements' pads would take and give,
// while links are being negotiated. The asking thread sleeps meanwhile; the worker answers between two pieces of its own work.
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ElementError } from '../errors.ts';
import type { Answer, Question } from './thread-notes.ts';
import { packError, unpackError } from './wire-error.ts';

/** A hook that takes longer holds the whole program up; a thread that is gone never answers. */
const PATIENCE_MS = 5000;

export class QuestionPort {
  /** For the worker. */
  readonly far: MessagePort;
  /** Set to 1 and woken by the worker with each answer. */
  readonly answered = new Int32Array(new SharedArrayBuffer(4));
  private readonly near: MessagePort;
  private readonly thread: string;

  constructor(thread: string) {
    const { port1, port2 } = new MessageChannel();
    this.near = port1;
    this.far = port2;
    this.thread = thread;
  }

  /** @throws What the hook threw; ElementError `thread/no-answer` when none comes. */
  ask(question: Question): unknown {
    Atomics.store(this.answered, 0, 0);
    this.near.postMessage(question);
    if (Atomics.wait(this.answered, 0, 0, PATIENCE_MS) === 'timed-out') {
      const text = `${question.element}: the thread ${this.thread} has not said within ${PATIENCE_MS / 1000} s what ${question.ask} of ${question.element} comes to: a hook in it computes for too long`;
      throw new ElementError(question.element, 'thread/no-answer', text);
    }
    const { message } = receiveMessageOnPort(this.near) as { message: Answer };
    if ('error' in message) throw unpackError(message.error);
    return message.value;
  }

  close(): void {
    this.near.close();
  }
}

/** The worker's side: answers questions with what a function returns or throws. */
export function answerQuestions(port: MessagePort, answered: Int32Array, reply: (question: Question) => unknown): void {
  port.on('message', (question: Question) => {
    let answer: Answer;
    try {
      answer = { value: reply(question) };
    } catch (error) {
      answer = { error: packError(error) };
    }
    port.postMessage(answer);
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
}
