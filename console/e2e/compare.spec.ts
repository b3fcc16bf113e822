import { axe } from './support/axe';
import { addAndRename, backUp, makeSchedule } from './support/backups';
import type { DemoTenant, Server } from './support/server';
import { settled } from './support/places';
import { expect, test } from './support/test';

const KINDS = ['POWERSHELL_SCRIPT', 'DEVICE_CONFIGURATION'];

interface Two {
  schedule: string;
  base: string;
  target: string;
}

/** Two sets, between which a script was renamed and another one added. */
async function twoSets(server: Server, tenant: DemoTenant, name: string): Promise<Two> {
  const schedule = await makeSchedule(server, tenant, name, KINDS);
  const { setId: base } = await backUp(server, schedule);
  await addAndRename(server, tenant, await makeSchedule(server, tenant, `${name}, meanwhile`, KINDS));
  const { setId: target } = await backUp(server, schedule);
  return { schedule, base, target };
}

// Each of them makes three backups first.
test.describe.configure({ timeout: 120_000 });

test('two sets are chosen from the list, and compared by setting', async ({ page, server, contoso, signInAs }) => {
  const { schedule, base, target } = await twoSets(server, contoso, 'Compared');
  await signInAs('rita', `/tenants/${contoso.id}/sets?schedule=${schedule}`);
  const rows = page.getByRole('table', { name: 'Backup sets' }).getByRole('row');
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText('1 added');
  await expect(rows.nth(1)).toContainText('1 changed');
  const compare = page.getByRole('button', { name: /^Compare \(/ });
  await expect(compare).toBeDisabled();
  // Whichever is chosen first, the older one is compared from.
  await rows.nth(1).locator('label').click();
  await rows.nth(2).locator('label').click();
  await compare.click();
  await expect(page).toHaveURL(new RegExp(`base=${base}&target=${target}`));
  // The choice is in the address: back, and a link, show it again.
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`chosen=${target},${base}|chosen=${target}%2C${base}`));
  await page.reload();
  await expect(rows.getByRole('checkbox', { checked: true })).toHaveCount(2);
  await compare.click();
  await expect(page).toHaveURL(new RegExp(`base=${base}&target=${target}`));

  const differences = page.getByRole('table', { name: 'Policies that differ' });
  await expect(differences.getByRole('row')).toHaveCount(3);
  await axe(page);
  await differences.getByRole('link', { name: /\(edited\)$/ }).click();
  await expect(page).toHaveURL(/entry=POWERSHELL_SCRIPT/);
  const settings = page.getByRole('table', { name: 'By setting' });
  await expect(settings.getByRole('row', { name: /displayName/ })).toContainText('(edited)');
  await axe(page);
  await page.getByRole('link', { name: 'All differences' }).click();
  await expect(differences).toBeVisible();
});

test('a policy is compared side by side, where its address says', async ({ page, server, contoso, signInAs }) => {
  const { base, target } = await twoSets(server, contoso, 'Beside');
  await signInAs('rita', `/tenants/${contoso.id}/compare?base=${base}&target=${target}&changes=CHANGED`);
  await page.getByRole('table', { name: 'Policies that differ' }).getByRole('rowheader').getByRole('link').click();
  await page.getByRole('tab', { name: 'Side by side' }).click();
  const sides = page.getByRole('textbox', { name: /^Backup set of/ });
  await expect(sides).toHaveCount(2);
  await expect(sides.last()).toContainText('(edited)');
  expect(await sides.first().innerText()).not.toBe(await sides.last().innerText());
  const same = sides.last().getByText(/lines are the same/);
  await expect(same.first()).toBeVisible();
  await page.getByText('Show what is the same').click();
  await expect(same).toHaveCount(0);
  await axe(page);

  await page.reload();
  await settled(page);
  await expect(sides).toHaveCount(2);
});

test('a comparison is filtered, and read the other way round', async ({ page, server, contoso, signInAs }) => {
  const { base, target } = await twoSets(server, contoso, 'Turned');
  await signInAs('rita', `/tenants/${contoso.id}/compare?base=${base}&target=${target}&changes=ADDED`);
  const differences = page.getByRole('table', { name: 'Policies that differ' });
  await expect(differences.getByRole('row')).toHaveCount(2);
  await expect(differences).toContainText('Added');
  await page.getByRole('button', { name: 'Swap' }).click();
  await expect(page.getByText('The first set is the later one', { exact: false })).toBeVisible();
  await expect(page.getByText('No difference matches the filters')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(differences.getByRole('row')).toHaveCount(3);
  await expect(differences).toContainText('Removed');
  await page.goBack();
  await expect(page.getByText('No difference matches the filters')).toBeVisible();
});

test('a policy has a history, whose versions are compared', async ({ page, server, contoso, signInAs }) => {
  await twoSets(server, contoso, 'Remembered');
  await signInAs('rita', `/tenants/${contoso.id}/policies?kinds=POWERSHELL_SCRIPT&search=edited`);
  const policies = page.getByRole('table', { name: 'Policies' });
  await expect(policies.getByRole('row').nth(1)).toBeVisible();
  await axe(page);
  await policies.getByRole('rowheader').first().getByRole('link').click();
  const history = page.getByRole('table', { name: 'History' });
  await expect(history.getByRole('row').nth(2)).toBeVisible();
  await axe(page);
  await history.getByRole('row').nth(1).locator('label').click();
  await history.getByRole('row').nth(2).locator('label').click();
  await page.getByRole('button', { name: 'Compare (2 of 2)' }).click();
  await expect(page).toHaveURL(/entry=POWERSHELL_SCRIPT/);
  await expect(page.getByRole('table', { name: 'By setting' })).toContainText('(edited)');
});
