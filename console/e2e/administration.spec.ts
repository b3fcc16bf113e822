/** Members, API tokens, the credential and the audit log, as managers and owners have them. */

import type { Locator, Page } from '@playwright/test';
import { axe } from './support/axe';
import { heldInMemory } from './support/memory';
import { makeToken } from './support/tokens';
import { aloneTest, expect, test } from './support/test';

function rowOf(page: Page, name: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
}

test('an owner adds a member, changes the role and takes that back, and removes by name', async ({
  page,
  server,
  contoso,
  signInAs,
}) => {
  await signInAs('olivia', `/tenants/${contoso.id}/members`);
  const row = rowOf(page, 'newcomer');
  await page.getByRole('button', { name: 'Add a member' }).click();
  const form = page.getByRole('dialog', { name: 'Add a member' });
  await form.getByRole('button', { name: /Who is it/ }).click();
  await page.getByRole('option', { name: 'Somebody at another issuer' }).click();
  await expect(form.getByRole('textbox', { name: 'Issuer' })).toHaveValue(server.issuer);
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(form.getByText('This cannot be empty.')).toBeVisible();
  await axe(page);
  await form.getByLabel('Subject').fill('newcomer');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(row).toContainText('Read-only');

  // The same person a second time is told of at the field.
  await page.getByRole('button', { name: 'Add a member' }).click();
  await form.getByRole('button', { name: /Who is it/ }).click();
  await page.getByRole('option', { name: 'Somebody at another issuer' }).click();
  await form.getByLabel('Subject').fill('newcomer');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(form.getByText('This person is a member already.')).toBeVisible();
  await page.keyboard.press('Escape');

  await row.getByRole('button', { name: 'Actions on newcomer' }).click();
  await page.getByRole('menuitem', { name: 'Change the role' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Role/ }).first().click();
  await page.getByRole('option', { name: 'Operator' }).click();
  await page.getByRole('button', { name: 'Change the role' }).click();
  await expect(row).toContainText('Operator');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row).toContainText('Read-only');

  await row.getByRole('button', { name: 'Actions on newcomer' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  const confirm = page.getByRole('alertdialog');
  await expect(confirm.getByRole('button', { name: 'Remove' })).toBeDisabled();
  await axe(page);
  await confirm.getByRole('textbox').fill('newcomer');
  await confirm.getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
});

test('the last owner stays, and is told why', async ({ page, contoso, signInAs }) => {
  await signInAs('olivia', `/tenants/${contoso.id}/members`);
  await page.getByRole('button', { name: 'Actions on Olivia Owens' }).click();
  await page.getByRole('menuitem', { name: 'Leave the tenant' }).click();
  const confirm = page.getByRole('alertdialog', { name: 'Leave Contoso?' });
  await confirm.getByRole('textbox').fill('Contoso');
  await confirm.getByRole('button', { name: 'Leave' }).click();
  await expect(confirm.getByText('The tenant would have no owner any more.')).toBeVisible();
  await confirm.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Actions on Olivia Owens' }).click();
  await page.getByRole('menuitem', { name: 'Change the role' }).click();
  const dialog = page.getByRole('dialog', { name: 'Role of Olivia Owens' });
  await dialog.getByRole('button', { name: /Role/ }).first().click();
  await page.getByRole('option', { name: 'Manager' }).click();
  await dialog.getByRole('button', { name: 'Change the role' }).click();
  await expect(dialog.getByText('The tenant would have no owner any more.')).toBeVisible();
});

aloneTest('whoever leaves a tenant is led to those that are left', async ({ page, contoso, signInAs }) => {
  await signInAs('marco', `/tenants/${contoso.id}/members`);
  await expect(page.getByRole('button', { name: 'Add a member' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Actions on/ })).toHaveCount(1);
  await page.getByRole('button', { name: 'Actions on Marco Mancini' }).click();
  await page.getByRole('menuitem', { name: 'Leave the tenant' }).click();
  const confirm = page.getByRole('alertdialog');
  await confirm.getByRole('textbox').fill('Contoso');
  await confirm.getByRole('button', { name: 'Leave' }).click();
  await expect(page).toHaveURL('/');
  await expect(page.getByRole('link', { name: 'Fabrikam' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Contoso' })).toHaveCount(0);
});

test('a token is shown once, and nothing keeps it', async ({ page, server, contoso, signInAs }) => {
  test.slow();
  await signInAs('marco', `/tenants/${contoso.id}/tokens`);
  await page.getByRole('button', { name: 'Create a token' }).click();
  const form = page.getByRole('dialog', { name: 'Create an API token' });
  await form.getByRole('button', { name: /Role/ }).click();
  // A manager gives at most the own role.
  await expect(page.getByRole('option')).toHaveText(['Read-only', 'Operator', 'Manager']);
  await page.getByRole('option', { name: 'Operator' }).click();
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(form.getByText('This cannot be empty.')).toBeVisible();
  await form.getByRole('textbox', { name: 'Name' }).fill('Shown once');
  await form.getByRole('button', { name: 'Create' }).click();

  const made = page.getByRole('dialog', { name: 'Token “Shown once”' });
  await expect(made).toContainText('cannot be shown again');
  await axe(page);
  const token = await made.getByText(/^ta_/).innerText();
  // It works, and a stray click or key does not lose it.
  await server.ask('{ viewer { canCreateTenants } }', {}, token);
  await page.mouse.click(5, 5);
  await page.keyboard.press('Escape');
  await expect(made).toBeVisible();
  // Nor does the cross, unless one says so.
  await made.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Back to the token' }).click();
  await expect(made).toBeVisible();
  expect(await heldInMemory(page, token)).toBeGreaterThan(0);
  await made.getByRole('button', { name: 'I have copied it' }).click();
  await expect(made).toHaveCount(0);
  await expect(rowOf(page, 'Shown once')).toContainText('Active');

  const kept = await page.evaluate(() =>
    [document.documentElement.outerHTML, JSON.stringify([sessionStorage, localStorage, history.state]), location.href].join('\n'),
  );
  expect(kept).not.toContain(token);
  // React keeps the last picture of a page until the next one.
  await page.getByRole('link', { name: 'Members' }).click();
  await expect(page.getByRole('heading', { name: 'Members' })).toBeVisible();
  await expect.poll(() => heldInMemory(page, token), { timeout: 45_000 }).toBe(0);
});

test('managers revoke their own tokens, owners all, by name', async ({ page, server, contoso, signInAs, browser, guard }) => {
  guard.expects(/401/);
  const { token } = await makeToken(server, contoso, 'Made by Olivia');
  await signInAs('marco', `/tenants/${contoso.id}/tokens`);
  await expect(rowOf(page, 'Made by Olivia')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Revoke Made by Olivia' })).toHaveCount(0);

  // Somebody works with the token meanwhile.
  const other = await browser.newPage({ baseURL: new URL(page.url()).origin });
  await other.goto('/sign-in');
  await other.locator('input[type=password]').fill(token);
  await other.keyboard.press('Enter');
  await expect(other.getByRole('link', { name: 'Contoso' })).toBeVisible();
  await other.goto(`/tenants/${contoso.id}/runs`);
  await expect(other.locator('main h1')).toBeVisible();

  await page.getByRole('button', { name: 'Account of Marco Mancini' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('/sign-in');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await signInAs('olivia', `/tenants/${contoso.id}/tokens?search=Made`);
  await page.getByRole('button', { name: 'Revoke Made by Olivia' }).click();
  const confirm = page.getByRole('alertdialog');
  await confirm.getByRole('textbox').fill('Made by Olivia');
  await confirm.getByRole('button', { name: 'Revoke' }).click();
  await expect(rowOf(page, 'Made by Olivia')).toContainText('Revoked');
  // It ends the other's session at once.
  await expect(other.getByText('Your sign-in has ended.')).toBeVisible();
  await other.close();
});

aloneTest('a check says which permissions to grant, and what needs them; removing asks for the name', async ({
  page,
  server,
  contoso,
  signInAs,
}) => {
  await signInAs('olivia', `/tenants/${contoso.id}/credential`);
  const main = page.getByRole('main');
  await expect(main.getByText('Client secret')).toBeVisible();
  const scripts = rowOf(page, 'DeviceManagementScripts.Read.All');
  await expect(scripts).toContainText('Not known');
  // Somebody takes a permission away as soon as this check has signed in: the next one is told of it.
  const removed = { permissions: ['DeviceManagementScripts.Read.All'] };
  await server.simulator.fail({ method: 'GET', effect: { permissionRemoved: removed } });
  await page.getByRole('button', { name: 'Check now' }).click();
  await expect(main.getByText('Signing in works, and every kind can be read.')).toBeVisible();
  await expect(scripts).toContainText('Granted');
  await page.getByRole('button', { name: 'Check now' }).click();
  const note = main.locator('.note-bad');
  await expect(note).toContainText('The app registration lacks a permission');
  await expect(note).toContainText('DeviceManagementScripts.Read.All');
  await expect(note.getByText(/\d kinds/)).toBeVisible();
  await expect(scripts).toContainText('Missing');
  await expect(page.locator('.page-title')).toContainText('Permission missing');
  await axe(page);

  await page.getByRole('button', { name: 'Remove' }).click();
  const confirm = page.getByRole('alertdialog', { name: 'Remove the credential of Contoso?' });
  await confirm.getByRole('textbox').fill('Contoso');
  await confirm.getByRole('button', { name: 'Remove' }).click();
  await expect(main.getByText('No credential is stored')).toBeVisible();
  await expect(page.locator('.page-title')).toContainText('No credential');
  await axe(page);

  // A certificate that is none is refused at its field, and stays to be mended.
  await page.getByRole('button', { name: 'Set a credential' }).click();
  const form = page.getByRole('dialog', { name: 'Set the credential' });
  await form.getByRole('button', { name: /Kind/ }).click();
  await page.getByRole('option', { name: 'Certificate' }).click();
  await form.getByRole('button', { name: 'Test and store' }).click();
  await expect(form.getByText('This is not an ID.')).toBeVisible();
  await form.getByLabel('Application (client) ID').fill('3f2a1b0c-0000-4000-8000-000000000001');
  await form.getByLabel('Certificate with its private key (PEM)').fill('not a certificate');
  await form.getByRole('button', { name: 'Test and store' }).click();
  await expect(form.locator('.complaint')).toBeVisible();
  await expect(form.getByLabel('Certificate with its private key (PEM)')).toHaveValue('not a certificate');
  await axe(page);
});

test('the audit log tells what was changed, and its filters are in the address', async ({ page, server, contoso, signInAs }) => {
  const { id } = await makeToken(server, contoso, 'Written down', 'OPERATOR');
  await signInAs('olivia', `/tenants/${contoso.id}/audit`);
  const table = page.getByRole('table', { name: 'Audit log' });
  const entry = table.getByRole('row').filter({ hasText: 'Written down' });
  await expect(entry).toContainText('API token created');
  await expect(entry).toContainText('Olivia Owens');
  await entry.getByRole('button', { name: 'Details API token created' }).click();
  const detail = table.locator('.detail');
  await expect(detail).toContainText('Role');
  await expect(detail).toContainText('Operator');
  await expect(detail).toContainText('127.0.0.1');
  await axe(page);

  await detail.getByRole('button', { name: 'Only what was done to this' }).click();
  await expect(page).toHaveURL(`/tenants/${contoso.id}/audit?target=${id}`);
  await expect(table.getByRole('rowheader')).toHaveCount(1);
  await page.goBack();
  await expect(table.getByRole('rowheader')).not.toHaveCount(1);

  await page.getByRole('button', { name: 'All actions What' }).click();
  await page.getByRole('option', { name: 'API token created' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(`/tenants/${contoso.id}/audit?actions=API_TOKEN_CREATED`);
  await expect(table.getByRole('rowheader').filter({ hasNotText: 'API token created' })).toHaveCount(0);
  await page.getByRole('combobox', { name: 'Who' }).fill('Olivia');
  await page.getByRole('option', { name: /Olivia Owens/ }).click();
  await expect(page).toHaveURL(/actions=API_TOKEN_CREATED&actor=usr_/);
  await expect(table.getByRole('row').filter({ hasText: 'Command line' })).toHaveCount(0);
  await expect(entry).toBeVisible();

  await page.goto(`/tenants/${contoso.id}/audit?to=2020-01-01`);
  await expect(page.getByText('No matching entries')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(entry).toBeVisible();
});

test('a sign-in that is cancelled at the issuer says so, and the next one leads where one wanted', async ({ page, contoso }) => {
  const wanted = `/tenants/${contoso.id}/runs`;
  await page.route('**/authorize?*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.search = new URLSearchParams({ error: 'access_denied', state: asked.get('state') ?? '' }).toString();
    return route.fulfill({ status: 302, headers: { location: back.href } });
  });
  await page.goto(wanted);
  await page.getByRole('button', { name: 'Rita Reyes' }).click();
  await expect(page.getByText('The issuer did not let you in')).toBeVisible();
  await axe(page);
  await page.unroute('**/authorize?*');
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByRole('button', { name: 'Rita Reyes' }).click();
  await page.waitForURL((url) => url.pathname === wanted);
});

test('an address of a sign-in that this tab did not begin is not believed', async ({ page }) => {
  await page.goto('/callback?error=access_denied&error_description=Call+this+number&state=made-up');
  await expect(page.getByText('This sign-in is over')).toBeVisible();
  await expect(page.getByText('Call this number')).toHaveCount(0);
  await page.goto('/callback');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});
