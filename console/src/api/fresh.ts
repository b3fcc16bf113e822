/**
 * Reads again what no event tells of: once a minute while the page is seen, and soon after
 * something that hints at a change.
 */

const EVERY = 60_000;
/** Hints often come in swarms, when the schedules of many tenants fire at the same time. */
const SPARE = 15_000;

export interface Fresh {
  now: () => void;
  soon: () => void;
  stop: () => void;
}

export function keepFresh(read: () => Promise<void> | void): Fresh {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let readAt = Date.now();
  let isReading = false;
  let isStopped = false;
  let wait = EVERY;

  const after = (delay: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void turn(), delay);
  };
  const turn = async () => {
    if (!document.hidden) {
      isReading = true;
      wait = EVERY;
      try {
        await read();
      } catch (cause) {
        // The next turn may do better, and there has to be one.
        console.error(cause);
      } finally {
        isReading = false;
        readAt = Date.now();
      }
    }
    if (!isStopped) {
      after(wait);
    }
  };
  const onVisible = () => {
    if (!document.hidden && !isReading && Date.now() - readAt > EVERY) {
      after(0);
    }
  };
  document.addEventListener('visibilitychange', onVisible);
  after(EVERY);

  return {
    now: () => {
      if (!isReading) {
        after(0);
      }
    },
    soon: () => {
      wait = SPARE;
      if (!isReading) {
        after(Math.max(0, readAt + SPARE - Date.now()));
      }
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    },
  };
}
