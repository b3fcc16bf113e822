/** All tenants at a glance, and one more. */

import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { axe } from './support/axe';
import { ended, makeSchedule, startRun } from './support/backups';
import type { Server } from './support/server';
import { aloneTest, expect, test } from './support/test';

const DEMO = 3;
const MANY = 200;
const AT_ONCE = 10;

interface Frame {
  type: string;
  id?: string;
  payload?: { variables?: { tenantId?: string } };
}

interface Added {
  createTenant: { userErrors: { message: string }[] };
}

/** Adds tenants without credentials, named Customer 001 and so on. */
async function addTenants(server: Server, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `Customer ${(index + 1).toString().padStart(3, '0')}`);
  for (let done = 0; done < count; done += AT_ONCE) {
    const some = names.slice(done, done + AT_ONCE);
    const fields = some.map(
      (name, index) =>
        `t${index}: createTenant(input: { entraTenantId: "${randomUUID()}", name: "${name}" }) { userErrors { message } }`,
    );
    const answer = await server.ask<Record<string, Added['createTenant']>>(`mutation { ${fields.join(' ')} }`);
    expect(Object.values(answer).flatMap(({ userErrors }) => userErrors)).toEqual([]);
  }
}

const rows = (page: Page) => page.getByRole('table', { name: 'Tenants' }).getByRole('row');
const tile = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Tenants by state' }).getByRole('link', { name });

/** Whose streams a page has open. */
function streamsOf(page: Page): () => string[] {
  const open = new Map<string, string>();
  page.on('websocket', (socket) => {
    open.clear();
    socket.on('framesent', ({ payload }) => {
      const { type, id, payload: asked } = JSON.parse(payload.toString()) as Frame;
      if (type === 'subscribe' && payload.includes('OverviewEvents')) {
        open.set(id ?? '', asked?.variables?.tenantId ?? '');
      } else if (type === 'complete') {
        open.delete(id ?? '');
      }
    });
  });
  return () => [...open.values()].sort();
}

/** The tenants whose rows are on the screen, and those which may just touch its edge. */
async function inView(page: Page): Promise<{ surely: string[]; perhaps: string[] }> {
  const places = await page.locator('tr[data-row]').evaluateAll((all) =>
    all.map((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return { id: row.getAttribute('data-row') ?? '', inside: Math.min(bottom, innerHeight) - Math.max(top, 0) };
    }),
  );
  const inside = (least: number) => places.filter((place) => place.inside > least).map(({ id }) => id);
  return { surely: inside(2), perhaps: inside(-2) };
}

/** Those on the screen are followed, and no others. */
async function expectFollowed(page: Page, streams: () => string[]): Promise<string[]> {
  await expect(async () => {
    const { surely, perhaps } = await inView(page);
    expect(surely.length).toBeGreaterThan(5);
    expect(streams()).toEqual(expect.arrayContaining(surely));
    expect(perhaps).toEqual(expect.arrayContaining(streams()));
  }).toPass();
  return streams();
}

/** Nobody who only reads is notified of runs, so no other event asks for the list again. */
test('a run begins and ends in its row by itself', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Seen from above');
  const streams = streamsOf(page);
  await signInAs('rita');
  const row = page.getByRole('row', { name: contoso.name });
  await expect(row).toBeVisible();
  await expect.poll(streams).toHaveLength(DEMO);
  await server.simulator.slowDown(1_000);
  const runId = await startRun(server, id);
  await expect(row.getByText('1 running')).toBeVisible();
  await expect(tile(page, 'with active runs')).toHaveText('1with active runs');
  await server.simulator.recover();
  expect((await ended(server, runId)).status).toBe('SUCCEEDED');
  await expect(row.getByText('1 running')).toHaveCount(0);
});

test('a tenant comes into the list of those with active runs by itself', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Comes in');
  await signInAs('rita', '/?state=running');
  await expect(page.getByText('No tenant matches')).toBeVisible();
  await server.simulator.slowDown(1_000);
  const runId = await startRun(server, id);
  await expect(page.getByRole('row', { name: contoso.name })).toBeVisible();
  await server.simulator.recover();
  expect((await ended(server, runId)).status).toBe('SUCCEEDED');
  await expect(page.getByText('No tenant matches')).toBeVisible();
});

aloneTest('two hundred tenants at a glance', async ({ page, server, signInAs }) => {
  await addTenants(server, MANY);
  const streams = streamsOf(page);
  await signInAs('olivia');

  await aloneTest.step('all of them are there, and counted', async () => {
    await expect(tile(page, 'tenants')).toHaveText(`${DEMO + MANY}tenants`);
    await expect(rows(page)).toHaveCount(1 + DEMO + MANY);
    await expect(tile(page, 'not connected')).toHaveText(`${MANY}not connected`);
    await axe(page);
  });

  await aloneTest.step('those on the screen are followed, and no others', async () => {
    const before = await expectFollowed(page, streams);
    await rows(page).last().scrollIntoViewIfNeeded();
    const after = await expectFollowed(page, streams);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  await aloneTest.step('a tile shows its own, and back shows all again', async () => {
    await tile(page, 'not connected').click();
    await expect(page).toHaveURL(/state=unconnected/);
    await expect(rows(page)).toHaveCount(1 + MANY);
    await page.goBack();
    await expect(rows(page)).toHaveCount(1 + DEMO + MANY);
  });

  await aloneTest.step('a column orders them, and the address says how', async () => {
    const byName = page.getByRole('columnheader', { name: 'Tenant', exact: true });
    await expect(byName).toHaveAttribute('aria-sort', 'ascending');
    await byName.getByRole('button').click();
    await expect(byName).toHaveAttribute('aria-sort', 'descending');
    await expect(rows(page).nth(1)).toContainText('Northwind Traders');
    await expect(page).toHaveURL(/sort=name&direction=DESC/);
  });

  await aloneTest.step('a deep link shows the same, and what finds nothing can be cleared', async () => {
    await page.goto('/?search=customer+1&sort=name&direction=DESC');
    await expect(rows(page)).toHaveCount(1 + 100);
    await expect(rows(page).nth(1)).toContainText('Customer 199');
    await page.getByRole('searchbox').fill('nobody');
    await expect(page.getByText('No tenant matches')).toBeVisible();
    await page.getByRole('link', { name: 'Clear the filters' }).click();
    await expect(rows(page)).toHaveCount(1 + DEMO + MANY);
    await expect(page.getByRole('searchbox')).toHaveValue('');
  });
});

aloneTest('a tenant is added, and its next step is the credential', async ({ page, server, signInAs }) => {
  const id = randomUUID();
  await signInAs('olivia');
  await page.getByRole('link', { name: 'Add tenant' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Add a tenant');

  await page.getByRole('button', { name: 'Add tenant' }).click();
  await expect(page.getByText('Give it a name.')).toBeVisible();
  await expect(page.getByText('This is not a tenant ID')).toBeVisible();
  await axe(page);

  await page.getByLabel('Name', { exact: true }).fill('Adatum');
  await page.getByLabel('Directory (tenant) ID').fill(id.toUpperCase());
  await page.getByRole('button', { name: 'Add tenant' }).click();
  await expect(page).toHaveURL(/\/tenants\/ten_\w+\/credential$/);
  await expect(page.getByRole('navigation', { name: 'Pages of the tenant' })).toContainText('Adatum');

  await page.getByRole('link', { name: 'Dashboard' }).click();
  await expect(page.getByText('it has no credential')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create a schedule' })).toBeVisible();
  await axe(page);

  await page.getByRole('banner').getByRole('link', { name: 'Tenants' }).click();
  await expect(page.getByRole('row', { name: 'Adatum' })).toContainText('No credential');
  await expect(tile(page, 'not connected')).toHaveText('1not connected');

  // Nobody adds it a second time, under whatever name.
  await page.getByRole('link', { name: 'Add tenant' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Adatum again');
  await page.getByLabel('Directory (tenant) ID').fill(id);
  await page.getByRole('button', { name: 'Add tenant' }).click();
  await expect(page.getByText('This tenant is already here.')).toBeVisible();
  const { viewer } = await server.ask<{ viewer: { tenants: { totalCount: number } } }>('{ viewer { tenants { totalCount } } }');
  expect(viewer.tenants.totalCount).toBe(DEMO + 1);
});

test('whoever may not add tenants is told so', async ({ page, signInAs }) => {
  await signInAs('marco', '/tenants/new');
  await expect(page.getByText('You may not add tenants.')).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);
});
