import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepFresh, type Fresh } from './fresh';

let fresh: Fresh;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
});
afterEach(() => {
  fresh.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a read that throws is said, and others follow', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const read = vi.fn(() => Promise.reject(new Error('odd')));
  fresh = keepFresh(read);
  fresh.now();
  await vi.advanceTimersByTimeAsync(0);
  expect(read).toHaveBeenCalledTimes(1);
  expect(said).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read).toHaveBeenCalledTimes(2);
  fresh.now();
  await vi.advanceTimersByTimeAsync(0);
  expect(read).toHaveBeenCalledTimes(3);
});

test('hints while it is read are answered by one more read', async () => {
  let end = (): void => undefined;
  const read = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
  fresh = keepFresh(read);
  fresh.now();
  await vi.advanceTimersByTimeAsync(0);
  fresh.soon();
  fresh.soon();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(read).toHaveBeenCalledTimes(1);
  end();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(read).toHaveBeenCalledTimes(2);
});
