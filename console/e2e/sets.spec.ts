import { readFile } from 'node:fs/promises';
import { axe } from './support/axe';
import { backUp, makeSchedule } from './support/backups';
import { settled } from './support/places';
import { expect, test } from './support/test';

const SCRIPTS = ['POWERSHELL_SCRIPT', 'DEVICE_CONFIGURATION'];

test('a set is found by its schedule, and its items by name and kind', async ({ page, server, contoso, signInAs }) => {
  const schedule = await makeSchedule(server, contoso, 'Browsed', SCRIPTS);
  const { setId } = await backUp(server, schedule);
  await signInAs('rita', `/tenants/${contoso.id}/sets?schedule=${schedule}`);
  const sets = page.getByRole('table', { name: 'Backup sets' });
  await expect(sets.getByRole('row')).toHaveCount(2);
  await expect(sets).toContainText('First of its schedule');
  await axe(page);
  await sets.getByRole('rowheader').getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(`/sets/${setId}$`));

  const items = page.getByRole('table', { name: 'Items' });
  await page.getByRole('button', { name: /^Windows platform scripts/ }).click();
  await expect(page).toHaveURL(/kinds=POWERSHELL_SCRIPT/);
  await expect(items.getByText('Device configuration profiles')).toHaveCount(0);
  const first = await items.getByRole('rowheader').first().innerText();
  await page.getByRole('searchbox', { name: 'Search by name' }).fill(first);
  await expect(page).toHaveURL(/search=/);
  await expect(items.getByRole('rowheader', { name: first, exact: true })).toBeVisible();
  await axe(page);
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('no policy is called this');
  await expect(page.getByText('No item matches the search')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(items.getByRole('row').nth(1)).toBeVisible();

  // Reading is all that this role may do; downloading is reading.
  await expect(page.getByRole('button', { name: 'Download' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Check it' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Delete' })).toHaveCount(0);
});

test('an item is read as a tree, with its script decoded, and as raw JSON', async ({ page, server, contoso, signInAs, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { setId } = await backUp(server, await makeSchedule(server, contoso, 'Read', ['POWERSHELL_SCRIPT']));
  await signInAs('rita', `/tenants/${contoso.id}/sets/${setId}`);
  await page.getByRole('table', { name: 'Items' }).getByRole('rowheader').first().getByRole('link').click();
  await settled(page);

  const tree = page.getByRole('treegrid', { name: /^Content of/ });
  await tree.getByRole('row', { name: 'scriptContent' }).click();
  await expect(tree.locator('pre')).toContainText('$ErrorActionPreference');
  await tree.getByRole('button', { name: 'Show as stored' }).click();
  await expect(tree.locator('pre')).not.toContainText('$ErrorActionPreference');
  await axe(page);

  // The keyboard opens and closes as the mouse does.
  await tree.getByRole('row', { name: 'scriptContent' }).first().focus();
  await page.keyboard.press('ArrowLeft');
  await expect(tree.locator('pre')).toHaveCount(0);

  await page.getByRole('searchbox', { name: 'Search the content' }).fill('runasaccount');
  await expect(page.getByText('1 place')).toBeVisible();
  await expect(tree.getByRole('row')).toHaveCount(1);
  await tree.getByRole('row').hover();
  await tree.getByRole('button', { name: 'Copy the path of runAsAccount' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('/runAsAccount');

  await page.getByRole('tab', { name: 'Raw JSON' }).click();
  await expect(page).toHaveURL(/view=raw/);
  const raw = page.getByRole('textbox', { name: /^Content of/ });
  await expect(raw).toContainText('"scriptContent"');
  // Whoever cannot use a mouse gets there, and nobody can write there.
  await raw.focus();
  await expect(raw).toBeFocused();
  await expect(raw).toHaveAttribute('contenteditable', 'false');
  await axe(page);

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as JSON' }).click();
  const file = await (await saved).path();
  expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('scriptContent');
});

test('a set is checked and downloaded as an archive', async ({ page, server, contoso, signInAs }) => {
  const { setId } = await backUp(server, await makeSchedule(server, contoso, 'Taken away'));
  await signInAs('olivia', `/tenants/${contoso.id}/sets/${setId}`);
  await page.getByRole('button', { name: 'Check it' }).click();
  await expect(page.getByText(/^Sound: the hashes of all/)).toBeVisible();
  await expect(page.locator('.facts').getByText('Sound')).toBeVisible();

  await page.getByRole('button', { name: 'Download' }).click();
  const dialog = page.getByRole('dialog', { name: 'Download the backup set' });
  await dialog.getByText('With the secrets in plain text').click();
  await expect(dialog).toContainText('Whoever gets this file gets the secrets');
  await dialog.getByText('With the secrets in plain text').click();
  await axe(page);
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download' }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe(`${setId}.zip`);
  const archive = await readFile(await download.path());
  expect(archive.subarray(0, 2).toString()).toBe('PK');
  expect(archive.includes('manifest.json')).toBe(true);
  await expect(dialog).toHaveCount(0);
});

test('a download that does not come says why', async ({ page, server, contoso, guard, signInAs }) => {
  const { setId } = await backUp(server, await makeSchedule(server, contoso, 'Not taken away'));
  await signInAs('oscar', `/tenants/${contoso.id}/sets/${setId}`);
  await page.getByRole('button', { name: 'Download' }).click();
  const dialog = page.getByRole('dialog', { name: 'Download the backup set' });
  // Whoever is no owner is not offered what the server would refuse.
  await expect(dialog.getByText('With the secrets in plain text')).toHaveCount(0);
  guard.expects(/ERR_INTERNET_DISCONNECTED/, /WebSocket/);
  await page.context().setOffline(true);
  await dialog.getByRole('button', { name: 'Download' }).click();
  await expect(dialog.getByRole('alert')).toContainText('The server cannot be reached');
  await page.context().setOffline(false);
});

test('a set is deleted by the name of its schedule, and brought back', async ({ page, server, contoso, signInAs }) => {
  const schedule = await makeSchedule(server, contoso, 'Given up');
  const { setId } = await backUp(server, schedule);
  await signInAs('marco', `/tenants/${contoso.id}/sets/${setId}`);
  const remove = async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    const asked = page.getByRole('alertdialog', { name: 'Delete this backup set?' });
    const confirm = asked.getByRole('button', { name: 'Delete' });
    await expect(confirm).toBeDisabled();
    await asked.getByRole('textbox').fill('Given up');
    await confirm.click();
    await expect(asked).toHaveCount(0);
  };
  await remove();
  await expect(page.getByText('Deleted by Marco Mancini')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('The backup set is back.')).toBeVisible();
  await expect(page.getByText('Deleted by Marco Mancini')).toHaveCount(0);

  await remove();
  await page.goto(`/tenants/${contoso.id}/sets?schedule=${schedule}`);
  await expect(page.getByText('No backup set matches the filters')).toBeVisible();
  await page.goto(`/tenants/${contoso.id}/sets?schedule=${schedule}&deleted=ONLY`);
  await page.getByRole('table', { name: 'Backup sets' }).getByRole('rowheader').getByRole('link').click();
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await expect(page.getByText('Deleted by Marco Mancini')).toHaveCount(0);
});
