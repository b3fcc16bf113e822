/** Notifications: they come by themselves, persist, are read and unread, and lead to what they are about. */

import { axe } from './support/axe';
import { ended, makeSchedule, startRun } from './support/backups';
import type { DemoTenant, Server } from './support/server';
import { expect, test } from './support/test';

/** A run that fails, of which everybody is told who can act in the tenant. */
async function failRun(server: Server, tenant: DemoTenant, name: string): Promise<string> {
  const id = await makeSchedule(server, tenant, name, ['REMEDIATION']);
  await server.simulator.fail({
    path: '/beta/deviceManagement/deviceHealthScripts*',
    effect: { forbidden: { scopes: ['DeviceManagementScripts.Read.All'] } },
  });
  const { id: runId } = await ended(server, await startRun(server, id));
  await server.simulator.recover();
  return runId;
}

test('a notification comes by itself, leads to its run, and is read and unread', async ({ page, server, contoso, signInAs }) => {
  await signInAs('oscar', '/notifications');
  const list = page.getByRole('main').getByRole('listitem');
  const runId = await failRun(server, contoso, 'Told of at once');
  const told = list.filter({ hasText: 'Told of at once' });
  await expect(told).toBeVisible();
  await expect(told.getByRole('img', { name: 'Action needed' })).toBeVisible();
  await expect(told).toContainText('Run failed');
  await expect(page.getByRole('banner').getByRole('link', { name: /Notifications, \d+ unread/ })).toBeVisible();
  await axe(page);

  // Marked read it leaves the unread ones, and the notice brings it back.
  await told.getByRole('button', { name: /^Mark read/ }).click();
  await expect(told).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(told).toBeVisible();

  // Whoever follows it has read it.
  await told.getByRole('heading').getByRole('link').click();
  await expect(page).toHaveURL(`/tenants/${contoso.id}/runs/${runId}`);
  await page.goBack();
  await expect(page).toHaveURL('/notifications');
  await expect(told).toHaveCount(0);
  await page.goto('/notifications?show=all');
  await expect(told.getByRole('button', { name: /^Mark unread/ })).toBeVisible();
  await told.getByRole('button', { name: /^Mark unread/ }).click();
  await page.reload();
  await expect(told.getByRole('button', { name: /^Mark read/ })).toBeVisible();
});

test('all are marked read at once, and what comes afterwards is not', async ({ page, server, contoso, signInAs }) => {
  await failRun(server, contoso, 'Before all are read');
  await signInAs('marco', '/notifications');
  const list = page.getByRole('main').getByRole('listitem');
  await expect(list.filter({ hasText: 'Before all are read' })).toBeVisible();
  await page.getByRole('button', { name: 'Mark all read' }).click();
  await expect(page.getByText('Nothing unread here')).toBeVisible();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Notifications', exact: true })).toBeVisible();
  await axe(page);
  await failRun(server, contoso, 'After all were read');
  await expect(list.filter({ hasText: 'After all were read' })).toBeVisible();
  await expect(list).toHaveCount(1);
});

test('filters are in the address, and an empty list says how to see all', async ({ page, server, contoso, signInAs }) => {
  await failRun(server, contoso, 'Found by filters');
  const fabrikam = server.tenant('Fabrikam');
  await signInAs('olivia', '/notifications?show=all');
  const main = page.getByRole('main');
  const told = main.getByRole('listitem').filter({ hasText: 'Found by filters' });
  await expect(told).toBeVisible();

  await main.getByRole('button', { name: 'Urgency' }).click();
  await page.getByRole('option', { name: 'Action needed' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL('/notifications?show=all&severity=ERROR');
  await expect(told).toBeVisible();

  const tenant = main.getByRole('combobox', { name: 'Tenant' });
  await tenant.fill('Fabri');
  await page.getByRole('option', { name: 'Fabrikam' }).click();
  await expect(page).toHaveURL(`/notifications?show=all&severity=ERROR&tenant=${fabrikam.id}`);
  await expect(told).toHaveCount(0);
  await page.goBack();
  await expect(told).toBeVisible();
  await expect(tenant).toHaveValue('');

  await page.goto(`/notifications?tenant=${fabrikam.id}&kinds=CONTENT_DAMAGED`);
  await expect(tenant).toHaveValue('Fabrikam');
  await expect(main.getByText('Nothing unread here')).toBeVisible();
  await main.getByRole('button', { name: 'Show all, read ones too' }).click();
  await expect(told).toBeVisible();
});

test('an API token is told that it has none', async ({ page, contoso, signInWithToken }) => {
  await signInWithToken(contoso.tokens.MANAGER, '/notifications');
  await expect(page.getByText('API tokens have no notifications')).toBeVisible();
  await axe(page);
});
