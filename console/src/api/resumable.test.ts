import { expect, test } from 'vitest';
import { resumable } from './resumable';

test('a subscription begins with what it was asked for', () => {
  const stream = resumable('subscription S { s }', { tenantId: 'ten_1' });
  expect(JSON.parse(JSON.stringify(stream.payload))).toEqual({
    query: 'subscription S { s }',
    variables: { tenantId: 'ten_1' },
  });
});

test('a subscription goes on after the last event', () => {
  const stream = resumable('subscription S { s }', { tenantId: 'ten_1' });
  stream.seen({ data: { events: { cursor: 'a' } } });
  stream.seen({ data: { events: { cursor: 'b' } } });
  stream.seen({ data: null });
  expect(stream.payload.variables).toEqual({ tenantId: 'ten_1', after: 'b' });
});
