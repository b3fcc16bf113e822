/**
 * What every test stands on. `test` shares one demonstration among the tests of a worker: give what you
 * make a name of its own, and leave what others need. `aloneTest` has a demonstration of its own, for
 * tests that restart it or take its tenants away; it costs some seconds.
 */

import { test as base, expect } from '@playwright/test';
import { putOff, backUp, schedulesOf } from './backups';
import { serveSources } from './dev';
import { Guard } from './guard';
import { PEOPLE, type Login } from './people';
import { Server, type DemoTenant } from './server';

interface Shared {
  /** The demonstration of this worker, with a finished backup of everything that Contoso has. */
  shared: Stage;
}

interface Mine {
  stage: Stage;
  server: Server;
  /** The tenant that most tests are about. */
  contoso: DemoTenant;
  guard: Guard;
  /** Signs in by the demonstration's one click, and goes to a page. */
  signInAs: (login: Login, to?: string) => Promise<void>;
  /** Signs in with an API token, and goes to a page. */
  signInWithToken: (token: string, to?: string) => Promise<void>;
}

/** A server, and where its console is. */
interface Stage {
  server: Server;
  origin: string;
  stop: () => Promise<void>;
}

async function staged(prepare: (server: Server) => Promise<void>): Promise<Stage> {
  const server = await Server.start();
  try {
    await prepare(server);
    const dev = process.env.E2E_CONSOLE === 'dev' ? await serveSources(server.origin) : null;
    const stop = async () => {
      await dev?.close();
      await server.stop();
    };
    return { server, origin: dev?.origin ?? server.origin, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const NAMES = ['Contoso', 'Fabrikam', 'Northwind Traders'] as const;

async function calmed(server: Server): Promise<void> {
  await Promise.all(NAMES.map((name) => putOff(server, server.tenant(name))));
}

/** The other two tenants stay as tenants are before their first backup. */
async function backedUp(server: Server): Promise<void> {
  await calmed(server);
  const [daily] = await schedulesOf(server, server.tenant('Contoso'));
  await backUp(server, daily?.id ?? '');
}

export const test = base.extend<Mine, Shared>({
  shared: [
    // Playwright reads which fixtures one needs from its parameters.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const stage = await staged(backedUp);
      await use(stage);
      await stage.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  stage: async ({ shared }, use) => {
    await use(shared);
    await shared.server.simulator.recover();
  },
  server: ({ stage }, use) => use(stage.server),
  contoso: ({ server }, use) => use(server.tenant('Contoso')),
  baseURL: ({ stage }, use) => use(stage.origin),
  guard: [
    async ({ context, stage }, use) => {
      const guard = await Guard.over(context, [stage.origin, stage.server.origin, stage.server.issuer]);
      await use(guard);
      guard.judge();
    },
    { auto: true },
  ],
  signInAs: ({ page }, use) =>
    use(async (login, to = '/') => {
      await page.goto(`/sign-in?${new URLSearchParams({ next: to }).toString()}`);
      await page.getByRole('button', { name: PEOPLE[login].name }).click();
      await expect(page.getByRole('banner')).toBeVisible({ timeout: 30_000 });
      await page.waitForURL((url) => url.pathname + url.search === to);
    }),
  signInWithToken: ({ page }, use) =>
    use(async (token, to = '/') => {
      await page.goto(`/sign-in?${new URLSearchParams({ next: to }).toString()}`);
      await page.locator('input[type=password]').fill(token);
      await page.keyboard.press('Enter');
      await expect(page.getByRole('banner')).toBeVisible({ timeout: 30_000 });
      await page.waitForURL((url) => url.pathname + url.search === to);
    }),
});

/** With a demonstration of its own, whose schedules are put off. */
export const aloneTest = test.extend<{ stage: Stage }>({
  stage: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const stage = await staged(calmed);
      await use(stage);
      await stage.stop();
    },
    { scope: 'test', timeout: 90_000 },
  ],
});

export { expect };
