import { createServer, type Server } from 'node:net';
import { within } from './within';

const TRIES = 20;

async function hold(port: number): Promise<Server | null> {
  const server = createServer();
  const held = new Promise<Server | null>((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
  return within(5_000, 'a port', held);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function release(server: Server | null): Promise<void> {
  if (server !== null) {
    await new Promise((resolve) => server.close(resolve));
  }
}

/**
 * A port that is free together with the next one: the demonstration's issuer takes that, and is the
 * same after a restart only if it gets it again.
 */
export async function freePair(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const first = await hold(0);
    const port = first === null ? 0 : portOf(first);
    const second = port > 0 && port < 65_535 ? await hold(port + 1) : null;
    await release(first);
    await release(second);
    if (second !== null) {
      return port;
    }
  }
  throw new Error('no two free ports beside each other');
}
