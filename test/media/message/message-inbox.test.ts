import assert from 'node:assert/strict';
import { MessageInbox } from '../../../src/media/message/message-inbox.ts';

describe('message inbox', () => {
  const inboxOf = (limits: { maxMessages?: number; maxBytes?: number; onFull?: 'dropOldest' | 'dropNewest' }) => {
    const dropped: string[] = [];
    const inbox = new MessageInbox({
      maxMessages: 3,
      maxBytes: 100,
      onFull: 'dropOldest',
      ...limits,
      dropped: (cause) => dropped.push(cause),
    });
    const put = (text: string): void => inbox.put({ bytes: Buffer.from(text), epoch: 0, arrivedAt: 0 });
    const rest = (): string[] => {
      const all: string[] = [];
      for (let one = inbox.take(); one !== undefined; one = inbox.take()) all.push(`${one.discont ? '|' : ''}${Buffer.from(one.bytes)}`);
      return all;
    };
    return { inbox, dropped, put, rest };
  };

  it('drops the oldest when there are too many, and marks what comes next', () => {
    const { put, rest, dropped } = inboxOf({});
    for (const text of ['a', 'b', 'c', 'd', 'e']) put(text);
    assert.deepEqual(rest(), ['|c', 'd', 'e']);
    assert.deepEqual(dropped, ['overrun', 'overrun']);
  });

  it('drops the newest where that is asked for, and marks what comes after', () => {
    const { inbox, put, rest, dropped } = inboxOf({ onFull: 'dropNewest' });
    for (const text of ['a', 'b', 'c', 'd']) put(text);
    inbox.take();
    put('e');
    assert.deepEqual(rest(), ['b', 'c', '|e']);
    assert.deepEqual(dropped, ['overrun']);
  });

  it('drops as many as a long one needs the bytes of', () => {
    const { put, rest, dropped } = inboxOf({ maxBytes: 6 });
    for (const text of ['aa', 'bb', 'cc', 'ddddd']) put(text);
    assert.deepEqual(rest(), ['|ddddd']);
    assert.equal(dropped.length, 3);
    put('eeeeee');
    assert.deepEqual(rest(), ['eeeeee'], 'the bytes of what was taken are free again');
  });

  it('never takes one that is longer than all may be', () => {
    const { put, rest, dropped } = inboxOf({ maxBytes: 3 });
    for (const text of ['a', 'bbbb', 'c']) put(text);
    assert.deepEqual(rest(), ['a', '|c']);
    assert.deepEqual(dropped, ['too-large']);
  });
});
