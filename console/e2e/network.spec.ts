/** A network that goes without a word: sockets stay open, and nothing comes through them. */

import type { Route, WebSocketRoute } from '@playwright/test';
import { backUp, makeSchedule } from './support/backups';
import { expect, test } from './support/test';

const BANNER = 'No connection to the server.';

test('a browser without a network says so, and goes on by itself', async ({ page, context, server, contoso, signInAs, guard }) => {
  guard.expects(/ERR_INTERNET_DISCONNECTED|WebSocket connection/);
  const id = await makeSchedule(server, contoso, 'While away');
  await signInAs('rita', `/tenants/${contoso.id}/runs?schedule=${id}`);
  await expect(page.getByText('No run matches')).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(BANNER)).toBeVisible();
  await backUp(server, id);
  await context.setOffline(false);
  await expect(page.getByText(BANNER)).toBeHidden({ timeout: 30_000 });
  await expect(page.getByRole('table').getByText('Succeeded')).toBeVisible();
});

const FAILURES: { how: string; title: string; fail: (route: Route) => Promise<void> }[] = [
  {
    how: 'do not reach the server',
    title: 'The server cannot be reached',
    fail: (route) => route.abort('connectionreset'),
  },
  {
    how: 'come while the database is away',
    title: 'The server is not ready',
    fail: (route) =>
      route.fulfill({
        json: {
          data: route.request().postData()?.includes('tenant(id') === true ? { tenant: null } : null,
          errors: [{ message: 'away', path: ['tenant'], extensions: { code: 'UNAVAILABLE' } }],
        },
      }),
  },
];

for (const { how, title, fail } of FAILURES) {
  test(`what is shown stays while requests ${how}, and is read anew afterwards`, async ({ page, server, contoso, signInAs, guard }) => {
    guard.expects(/Failed to load resource/);
    const id = await makeSchedule(server, contoso, `While requests ${how}`);
    await signInAs('rita', `/tenants/${contoso.id}/runs?schedule=${id}`);
    await expect(page.getByText('No run matches')).toBeVisible();
    await page.route('**/graphql', fail);
    // Its events still come, and have the list asked for again.
    await backUp(server, id);
    await expect(page.getByText(title).first()).toBeVisible();
    await expect(page.getByText('No run matches')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible();
    await page.unroute('**/graphql');
    await expect(page.getByRole('table').getByText('Succeeded')).toBeVisible({ timeout: 20_000 });
    await expect(page.getByText(title)).toHaveCount(0);
  });
}

test('what could not be read is not taken for nothing', async ({ page, contoso, signInAs }) => {
  const answer = { data: { tenant: null }, errors: [{ message: 'away', path: ['tenant'], extensions: { code: 'UNAVAILABLE' } }] };
  await page.route('**/graphql', (route) =>
    /AllSchedules|SetsToCompare/.test(route.request().postData() ?? '') ? route.fulfill({ json: answer }) : route.fallback(),
  );
  await signInAs('olivia', `/tenants/${contoso.id}/credential`);
  await expect(page.getByText('The server is not ready')).toBeVisible();
  await expect(page.getByText('No schedule backs up anything yet')).toHaveCount(0);
  await page.goto(`/tenants/${contoso.id}/compare`);
  await expect(page.getByText('Choose two backup sets')).toBeVisible();
  await expect(page.getByText('The server is not ready')).toBeVisible();
  await expect(page.getByText('There are not two backup sets yet')).toHaveCount(0);
});

test('a connection that stalls is noticed, and replaced', async ({ page, server, contoso, signInAs }) => {
  test.slow();
  let isStalled = false;
  const stalled: WebSocketRoute[] = [];
  await page.routeWebSocket('**/graphql', (socket) => {
    const upstream = socket.connectToServer();
    stalled.push(socket);
    socket.onMessage((message) => {
      if (!isStalled) {
        upstream.send(message);
      }
    });
    upstream.onMessage((message) => {
      if (!isStalled) {
        socket.send(message);
      }
    });
  });
  const id = await makeSchedule(server, contoso, 'While stalled');
  await signInAs('rita', `/tenants/${contoso.id}/runs?schedule=${id}`);
  await expect(page.getByText('No run matches')).toBeVisible();
  isStalled = true;
  // A ping goes every 15 seconds, and an answer may take 8.
  await expect(page.getByText(BANNER)).toBeVisible({ timeout: 40_000 });
  await backUp(server, id);
  isStalled = false;
  await expect(page.getByText(BANNER)).toBeHidden({ timeout: 40_000 });
  await expect(page.getByRole('table').getByText('Succeeded')).toBeVisible();
  expect(stalled.length).toBeGreaterThan(1);
});
