import path from 'node:path';
import { createServer } from 'vite';

export interface DevServer {
  origin: string;
  close: () => Promise<void>;
}

/** Serves the console from its sources, before a server that answers everything else. */
export async function serveSources(target: string): Promise<DevServer> {
  const vite = await createServer({
    root: path.resolve(import.meta.dirname, '../..'),
    logLevel: 'error',
    server: {
      host: '127.0.0.1',
      port: 0,
      // A test keeps the sources that it began with.
      hmr: false,
      watch: null,
      proxy: { '/graphql': { target, ws: true }, '/export': target, '/console.json': target },
    },
  });
  await vite.listen();
  const [address] = vite.resolvedUrls?.local ?? [];
  if (address === undefined) {
    throw new Error('Vite does not say where it listens');
  }
  return { origin: new URL(address).origin, close: () => vite.close() };
}
