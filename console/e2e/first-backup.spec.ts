/** From the first sign-in to the first backup, as the owner of a new tenant goes about it. */

import { Program } from './support/program';
import { settled } from './support/places';
import { aloneTest as test, expect } from './support/test';

const NAME = 'Northwind Traders';

interface Directory {
  entraTenantId: string;
  clientId: string;
  secret: string;
}

/** What Entra would show: the simulation is the same each time, so another one tells of it. */
async function directoryOf(name: string): Promise<Directory> {
  const simulation = new Program();
  try {
    const row = new RegExp(`^${name} +(\\S+) +(\\S+) +(\\S+)$`, 'm');
    const said = await simulation.launch(['simulate-graph', '--listen', '127.0.0.1:0'], '', row);
    const [, entraTenantId = '', clientId = '', secret = ''] = row.exec(said) ?? [];
    return { entraTenantId, clientId, secret };
  } finally {
    await simulation.stop();
  }
}

test('a new tenant, its credential, its schedule, its first backup', async ({ page, server, signInAs }) => {
  test.slow();
  server.program.command('tenant', 'delete', server.tenant(NAME).id, '--yes', NAME);
  const { entraTenantId, clientId, secret } = await directoryOf(NAME);

  await signInAs('olivia');
  await page.getByRole('link', { name: 'Add tenant' }).click();
  await page.getByLabel('Name', { exact: true }).fill(NAME);
  await page.getByLabel('Directory (tenant) ID').fill(entraTenantId);
  await page.getByRole('button', { name: 'Add tenant' }).click();

  // The next step is the credential. A wrong secret replaces nothing, and is told of where it stands.
  await expect(page.getByText('No credential is stored')).toBeVisible();
  await page.getByRole('button', { name: 'Set a credential' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set the credential' });
  await dialog.getByLabel('Application (client) ID').fill(clientId);
  await dialog.getByLabel('Secret value').fill('wrong');
  await dialog.getByRole('button', { name: 'Test and store' }).click();
  await expect(dialog.locator('.complaint, [role="alert"]').filter({ hasText: /\w/ }).first()).toBeVisible();
  await dialog.getByLabel('Secret value').fill(secret);
  await dialog.getByRole('button', { name: 'Test and store' }).click();
  await expect(page.getByText('The credential works and is stored.')).toBeVisible();
  await expect(dialog).toBeHidden();
  const kept = await page.evaluate(() => [
    document.documentElement.outerHTML,
    JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage), history.state]),
    location.href,
  ]);
  expect(kept.filter((text) => text.includes(secret))).toEqual([]);

  await page.getByRole('navigation', { name: 'Pages of the tenant' }).getByRole('link', { name: 'Schedules' }).click();
  await page.getByRole('link', { name: 'New schedule' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'New schedule' })).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('Nightly');
  await page.getByRole('searchbox', { name: 'Search kinds and permissions' }).fill('scope tag');
  await expect(page.getByRole('checkbox', { name: /^Scope tags/ })).toBeVisible();
  await page.getByRole('button', { name: 'Create schedule' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Nightly' })).toBeVisible();
  await page.getByRole('button', { name: 'Run now' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Run of “Nightly”' })).toBeVisible();
  await expect(page.getByRole('main').getByText('Succeeded', { exact: true }).first()).toBeVisible({ timeout: 90_000 });
  await page.getByRole('link', { name: 'Open the backup set' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Backup set of/ })).toBeVisible();
  await settled(page);
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('Default');
  await page.getByRole('main').getByRole('link', { name: /Default/ }).first().click();
  await expect(page.getByRole('heading', { level: 2, name: 'Content', exact: true })).toBeVisible();
});
