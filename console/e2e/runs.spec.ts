import { ended, makeSchedule, soon, startRun } from './support/backups';
import { axe } from './support/axe';
import { expect, test } from './support/test';

const REMEDIATIONS = '/beta/deviceManagement/deviceHealthScripts*';

test('a run is seen as it goes', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Watched', ['DEVICE_CONFIGURATION', 'SETTINGS_CATALOG', 'SCOPE_TAG']);
  await server.simulator.slowDown(1_500);
  await signInAs('oscar', `/tenants/${contoso.id}/schedules/${id}`);
  await page.getByRole('button', { name: 'Run now: Watched' }).click();
  await expect(page).toHaveURL(/\/runs\/run_/);
  const bar = page.getByRole('progressbar', { name: 'Progress of the run' });
  await expect(bar).toBeVisible();
  // The kinds follow, though no event tells of them.
  const kinds = page.getByRole('table', { name: 'Completeness by kind' });
  await expect(kinds.getByText('Complete', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await expect(bar).toHaveAttribute('aria-valuenow', /^[1-9]/, { timeout: 30_000 });
  await axe(page);
  await server.simulator.recover();
  await expect(page.locator('.page-title').getByText('Succeeded')).toBeVisible({ timeout: 30_000 });
  await expect(bar).toHaveCount(0);
  await expect(page.getByText('3 of 3 complete')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open the backup set' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(0);
});

test('a failed run says what to do, and is retried once that is done', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Refused', ['REMEDIATION']);
  await server.simulator.fail({
    path: REMEDIATIONS,
    effect: { forbidden: { scopes: ['DeviceManagementScripts.Read.All'] } },
  });
  const failed = await ended(server, await startRun(server, id));
  const at = `/tenants/${contoso.id}/runs/${failed.id}`;
  await signInAs('olivia', at);
  const note = page.locator('.note-bad').first();
  await expect(note).toContainText('The app registration lacks a permission');
  await expect(note).toContainText('DeviceManagementScripts.Read.All');
  await expect(note.getByRole('link', { name: 'To the credential' })).toHaveAttribute('href', /\/credential$/);
  await axe(page);
  await server.simulator.recover();
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page).not.toHaveURL(new RegExp(failed.id));
  await expect(page.locator('.page-title').getByText('Succeeded')).toBeVisible({ timeout: 30_000 });
  // Each of the two leads to the other.
  await page.getByRole('link', { name: 'in place of this run' }).click();
  await expect(page).toHaveURL(at);
  await expect(page.getByRole('link', { name: 'Show the retry' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(0);
});

test('objects that could not be read are named, once somebody asks', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Half', ['SETTINGS_CATALOG', 'SCOPE_TAG']);
  await server.simulator.fail({
    path: '/beta/deviceManagement/configurationPolicies/*',
    effect: { status: { status: 400 } },
  });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.postData() ?? ''));
  await signInAs('oscar', `/tenants/${contoso.id}/schedules/${id}`);
  await page.getByRole('button', { name: 'More actions: Half' }).click();
  await page.getByRole('menuitem', { name: 'Run now, reading everything anew' }).click();
  await expect(page.locator('.page-title').getByText('Incomplete')).toBeVisible({ timeout: 30_000 });
  const row = page.getByRole('row', { name: /Settings catalog/ });
  await expect(row.getByText('Incomplete')).toBeVisible();
  const isAsked = () => asked.some((body) => body.includes('RunFailures'));
  expect(isAsked()).toBe(false);
  await row.getByRole('button', { name: 'Details' }).click();
  await expect(page.getByRole('heading', { name: /objects could not be backed up/ })).toBeVisible();
  await expect(page.getByText('Microsoft Graph refused the request with status 400').nth(2)).toBeVisible();
  expect(isAsked()).toBe(true);
  await axe(page);
});

test('a run is cancelled', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Stopped', ['DEVICE_CONFIGURATION', 'SETTINGS_CATALOG']);
  await server.simulator.slowDown(20_000);
  const runId = await startRun(server, id);
  await signInAs('oscar', `/tenants/${contoso.id}/runs/${runId}`);
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel the run' }).click();
  await expect(page.getByText('Cancellation requested')).toBeVisible();
  await expect(page.locator('.page-title').getByText('Cancelled')).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole('button', { name: 'Retry' })).toBeVisible();
});

test('runs are filtered by the address, and by hand', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'Filtered', ['REMEDIATION']);
  await server.simulator.fail({ path: REMEDIATIONS, effect: { forbidden: { scopes: ['DeviceManagementScripts.Read.All'] } } });
  await ended(server, await startRun(server, id));
  await server.simulator.recover();
  await ended(server, await startRun(server, id));
  const runs = `/tenants/${contoso.id}/runs?schedule=${id}`;
  await signInAs('rita', runs);
  const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
  await expect(rows).toHaveCount(3);
  await axe(page);
  await page.getByRole('button', { name: /^All Error/ }).click();
  await page.getByRole('option', { name: 'The app registration lacks a permission' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/error=PERMISSION_MISSING/);
  await expect(rows).toHaveCount(2);
  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await expect(page.getByText('No run matches')).toBeVisible();
  await page.goBack();
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page).toHaveURL(`/tenants/${contoso.id}/runs`);
  await expect.poll(() => rows.count()).toBeGreaterThan(3);
});

test('a slot that comes while a run is active is skipped, and the history says so', async ({ page, server, contoso, signInAs }) => {
  test.slow();
  const id = await makeSchedule(server, contoso, 'Overtaken', ['DEVICE_CONFIGURATION', 'SCOPE_TAG'], soon());
  await server.simulator.slowDown(45_000);
  const active = await startRun(server, id);
  await signInAs('oscar', `/tenants/${contoso.id}/runs?schedule=${id}`);
  const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
  await expect(rows).toHaveCount(2);
  const skipped = rows.filter({ hasText: 'Skipped' });
  await expect(skipped).toBeVisible({ timeout: 140_000 });
  await skipped.getByRole('rowheader').getByRole('link').click();
  await expect(page.locator('.page-title').getByText('Skipped')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry' })).toHaveCount(0);
  await axe(page);
  await server.simulator.recover();
  await page.goto(`/tenants/${contoso.id}/runs/${active}`);
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel the run' }).click();
  await expect(page.locator('.page-title').getByText('Cancelled')).toBeVisible({ timeout: 45_000 });
});
