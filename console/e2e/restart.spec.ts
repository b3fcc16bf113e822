/** The server goes and comes back while somebody looks at a run. */

import { makeSchedule, startRun } from './support/backups';
import { makeToken } from './support/tokens';
import { aloneTest as test, expect } from './support/test';

declare global {
  interface Window {
    /** Gone after a reload. */
    isStillTheSamePage?: boolean;
  }
}

const KINDS = ['DEVICE_CONFIGURATION', 'SETTINGS_CATALOG', 'DEVICE_COMPLIANCE_POLICY', 'SCOPE_TAG'];

for (const { signal, ending } of [
  // It hands the run back to the queue, and takes it up again.
  { signal: 'SIGTERM', ending: 'Succeeded' },
  // Nobody could hand anything back.
  { signal: 'SIGKILL', ending: 'Failed' },
] as const) {
  test(`after ${signal} in the middle of a run the page goes on by itself`, async ({
    page,
    server,
    contoso,
    signInWithToken,
    guard,
  }) => {
    // Whatever is asked of a server that is away fails, which is the point.
    guard.expects(/WebSocket connection|ERR_CONNECTION_REFUSED|Failed to load resource/);
    const { token } = await makeToken(server, contoso, 'Stays');
    const schedule = await makeSchedule(server, contoso, 'Interrupted', KINDS);
    await server.simulator.slowDown(3_000);
    const run = await startRun(server, schedule);
    await signInWithToken(token, `/tenants/${contoso.id}/runs/${run}`);
    const main = page.getByRole('main');
    await expect(main.getByText('Running').first()).toBeVisible();
    await page.evaluate(() => {
      window.isStillTheSamePage = true;
    });

    await server.end(signal);
    const banner = page.getByText('No connection to the server.');
    await expect(banner).toBeVisible();
    await server.comeBack();
    await expect(banner).toBeHidden({ timeout: 30_000 });
    await expect(main.getByText(ending).first()).toBeVisible({ timeout: 60_000 });
    expect(await page.evaluate(() => window.isStillTheSamePage)).toBe(true);
  });
}
