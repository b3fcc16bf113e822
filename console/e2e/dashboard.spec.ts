/** A tenant's dashboard, and its settings. */

import type { Page } from '@playwright/test';
import { axe } from './support/axe';
import { backUp, ended, makeSchedule, startRun } from './support/backups';
import { expect, test } from './support/test';

const REMEDIATIONS = '/beta/deviceManagement/deviceHealthScripts*';

/** Kinds that take many requests. */
const WORK = ['DEVICE_CONFIGURATION', 'SETTINGS_CATALOG', 'GROUP_POLICY_CONFIGURATION', 'MOBILE_APP', 'POWERSHELL_SCRIPT'];

/** The part of the page with this heading. */
const panel = (page: Page, name: string | RegExp) => page.getByRole('region', { name });

/** What the dashboard shows of an active run, and of its end. */
function runOf(page: Page, schedule: string) {
  const inPanel = (name: string) => panel(page, name).getByRole('listitem').filter({ hasText: schedule });
  return { live: inPanel('Active runs'), last: inPanel('Last runs') };
}

test('a run is seen at work, until it has ended', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Seen at work', WORK);
  await signInAs('rita', `/tenants/${contoso.id}`);
  await expect(panel(page, 'Last runs')).toBeVisible();
  const { live, last } = runOf(page, 'Seen at work');
  await server.simulator.slowDown(1_000);
  await startRun(server, id);
  const bar = live.getByRole('progressbar', { name: 'Progress of Seen at work' });
  await expect(bar).toHaveAttribute('aria-valuenow', /^[1-9]/, { timeout: 40_000 });
  await expect(live.getByRole('button')).toHaveCount(0);
  await server.simulator.recover();
  await expect(last).toContainText('Succeeded', { timeout: 30_000 });
  await expect(live).toHaveCount(0);
});

test('an active run is stopped', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Stopped at once', WORK);
  await server.simulator.slowDown(8_000);
  await startRun(server, id);
  await signInAs('oscar', `/tenants/${contoso.id}`);
  const { live, last } = runOf(page, 'Stopped at once');
  await live.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel the run' }).click();
  await expect(last).toContainText('Cancelled', { timeout: 40_000 });
  await expect(live).toHaveCount(0);
});

test('a failed run needs attention until it is retried', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Needs attention', ['REMEDIATION']);
  await server.simulator.fail({
    path: REMEDIATIONS,
    effect: { forbidden: { scopes: ['DeviceManagementScripts.Read.All'] } },
  });
  const failed = await ended(server, await startRun(server, id));
  expect(failed.status).toBe('FAILED');
  await signInAs('oscar', `/tenants/${contoso.id}`);
  const item = panel(page, /need(s)? attention$/).getByRole('listitem').filter({ hasText: 'Needs attention' });
  await expect(item).toContainText('The app registration lacks a permission');
  await expect(item).toContainText('DeviceManagementScripts.Read.All');
  await axe(page);
  await server.simulator.recover();
  await item.getByRole('button', { name: 'Retry' }).click();
  await expect(page).toHaveURL(/\/runs\/run_/);
  await expect(page.locator('.page-title').getByText('Succeeded')).toBeVisible({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Dashboard' }).click();
  await expect(panel(page, 'Last runs')).toContainText('Needs attention');
  await expect(item).toHaveCount(0);
});

test('the calendar leads to the runs of a day, by keyboard too', async ({ page, server, contoso, signInAs }) => {
  await backUp(server, await makeSchedule(server, contoso, 'On the calendar'));
  await signInAs('rita', `/tenants/${contoso.id}`);
  const days = page.getByRole('grid', { name: /^Runs of the last 90 days/ }).getByRole('link');
  await expect(days).toHaveCount(90);
  const today = days.last();
  await expect(today).toHaveAccessibleName(/\d+ succeeded/);
  await today.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(days.nth(-8)).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(days.nth(-9)).toBeFocused();
  await page.keyboard.press('Home');
  await expect(days.first()).toBeFocused();
  await page.keyboard.press('End');
  await expect(today).toBeFocused();
  // Below each other on a phone, so the arrows point elsewhere.
  await page.setViewportSize({ width: 360, height: 760 });
  await page.keyboard.press('ArrowUp');
  await expect(days.nth(-8)).toBeFocused();
  await page.keyboard.press('End');
  const date = await today.getAttribute('data-date');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`/tenants/${contoso.id}/runs?from=${date}&to=${date}`);
  await expect(page.getByRole('link', { name: 'On the calendar' }).first()).toBeVisible();
});

test('storage of a single day is told, is no curve, and is a table as well', async ({ page, contoso, signInAs }) => {
  await signInAs('rita', `/tenants/${contoso.id}`);
  const storage = panel(page, 'Storage of the last 90 days');
  await expect(storage.getByText(/^The backup sets take/)).toBeVisible();
  await expect(storage.getByRole('img')).toHaveCount(0);
  await storage.getByText('As a table').click();
  await expect(storage.getByRole('table').getByRole('row').nth(1)).toContainText(/kB|MB/);
  await axe(page);
});

test('an owner renames a tenant, and every page knows', async ({ page, server, signInAs }) => {
  const tenant = server.tenant('Northwind Traders');
  const name = page.getByLabel('Name of the tenant');
  const save = page.getByRole('button', { name: 'Save' });
  await signInAs('olivia', `/tenants/${tenant.id}/settings`);
  await expect(page.getByText(`tenantatlas tenant delete ${tenant.id} --yes 'Northwind Traders'`)).toBeVisible();
  await axe(page);
  await expect(save).toBeDisabled();
  await name.fill('Southwind');
  await save.click();
  await expect(page.getByRole('navigation', { name: 'Pages of the tenant' })).toContainText('Southwind');
  await page.getByRole('banner').getByRole('link', { name: 'Tenants' }).click();
  await page.getByRole('link', { name: 'Southwind' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await name.fill('Northwind Traders');
  await save.click();
  await expect(page.getByRole('navigation', { name: 'Pages of the tenant' })).toContainText('Northwind Traders');
});
