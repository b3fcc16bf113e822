import { makeSchedule } from './support/backups';
import { axe } from './support/axe';
import { expect, test } from './support/test';

test('a schedule is made and changed', async ({ page, contoso, signInAs }) => {
  await signInAs('marco', `/tenants/${contoso.id}/schedules`);
  await page.getByRole('link', { name: 'New schedule' }).click();

  // What the server refuses stands at its field.
  await page.getByRole('button', { name: 'Create schedule' }).click();
  await expect(page.getByText('This cannot be empty.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('Twice a week');

  await page.getByRole('radio', { name: 'On some days' }).click();
  await expect(page.getByText('Choose at least one day.')).toBeVisible();
  await page.getByRole('button', { name: 'Monday' }).click();
  await page.getByRole('button', { name: 'Thursday' }).click();
  await page.getByRole('spinbutton', { name: /^hour/ }).click();
  await page.keyboard.type('0415');
  await page.getByRole('combobox', { name: 'Time zone' }).fill('new york');
  await page.getByRole('option', { name: /New_York/ }).click();
  const slots = page.getByRole('list', { name: 'Next five runs' }).getByRole('listitem');
  await expect(slots).toHaveCount(5);
  await expect(slots.first()).toHaveText(/^(Mon|Thu).*04:15/);
  await expect(page.getByText('yours: Europe/Berlin')).toBeVisible();

  await page.locator('strong').getByText('Core').click();
  await page.getByRole('searchbox', { name: 'Search kinds and permissions' }).fill('scope tag');
  await page.getByText('Scope tags', { exact: true }).click();
  await expect(page.getByText('needs this application permission')).toBeVisible();
  await axe(page);
  await page.getByRole('button', { name: 'Create schedule' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Twice a week' })).toBeVisible();
  await expect(page.getByText('Mon and Thu at 04:15, America/New York')).toBeVisible();
  await expect(page.getByText('0 of 30')).toBeVisible();
  await axe(page);

  // Nothing that was typed is lost by a wrong click.
  await page.getByRole('button', { name: 'More actions: Twice a week' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByLabel('Backup sets to keep').fill('7');
  await page.getByRole('link', { name: 'Runs' }).click();
  const question = page.getByRole('alertdialog', { name: 'Leave without saving?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('0 of 7')).toBeVisible();
});

test('a schedule is switched off and on, run, and deleted', async ({ page, server, contoso, signInAs }) => {
  await makeSchedule(server, contoso, 'Short-lived');
  const list = `/tenants/${contoso.id}/schedules`;
  await signInAs('marco', list);
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('short');
  await expect(page).toHaveURL(/search=short/);
  await expect(page.getByRole('table', { name: 'Schedules' }).getByRole('row')).toHaveCount(2);
  await axe(page);
  const enabled = page.getByRole('switch', { name: /Short-lived/ });
  await page.getByRole('table').getByText('Enabled').click();
  await expect(page.getByText('“Short-lived” is disabled.')).toBeVisible();
  await expect(enabled).not.toBeChecked();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(enabled).toBeChecked();

  await page.getByRole('button', { name: 'Run now: Short-lived' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Run of “Short-lived”' })).toBeVisible();
  await expect(page.locator('.page-title').getByText('Succeeded')).toBeVisible({ timeout: 30_000 });

  await page.goBack();
  await expect(page.getByRole('link', { name: '1 / 30' })).toBeVisible();
  await page.getByRole('button', { name: 'More actions: Short-lived' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Delete “Short-lived”?' });
  await expect(dialog.getByRole('button', { name: 'Delete schedule' })).toBeDisabled();
  await dialog.getByRole('textbox').fill('Short-lived');
  await axe(page);
  await dialog.getByRole('button', { name: 'Delete schedule' }).click();
  await expect(page.getByText('“Short-lived” was deleted.')).toBeVisible();
  await expect(page.getByText('No schedule matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page).toHaveURL(list);
  await expect(page.getByRole('table', { name: 'Schedules' })).not.toContainText('Short-lived');
});

test('two people change a schedule, and neither loses anything', async ({ page, server, contoso, signInAs }) => {
  const id = await makeSchedule(server, contoso, 'For two');
  await signInAs('marco', `/tenants/${contoso.id}/schedules/${id}/edit`);
  await page.getByRole('textbox', { name: 'Name' }).fill('For both');
  await server.ask(
    `mutation ($input: UpdateBackupScheduleInput!) {
      updateBackupSchedule(input: $input) { userErrors { code } }
    }`,
    { input: { scheduleId: id, name: 'For three', retention: { keepLast: 99 } } },
  );
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Somebody else has changed this schedule')).toBeVisible();
  await page.getByRole('button', { name: 'Load their changes' }).click();
  await expect(page.getByText('They have changed: name and sets to keep.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('For both');
  await expect(page.getByLabel('Backup sets to keep')).toHaveValue('99');
  await page.getByRole('button', { name: 'Take theirs for these' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('For three');
  await page.getByRole('textbox', { name: 'Name' }).fill('For all');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'For all' })).toBeVisible();
  await expect(page.getByText('0 of 99')).toBeVisible();
});

test('filters and order of schedules are in the address', async ({ page, server, contoso, signInAs }) => {
  await makeSchedule(server, contoso, 'Never run');
  const list = `/tenants/${contoso.id}/schedules`;
  await signInAs('rita', `${list}?last=SUCCEEDED&sort=NEXT_RUN_AT&direction=DESC`);
  const table = page.getByRole('table', { name: 'Schedules' });
  await expect(table).toContainText('Every day, everything');
  await expect(table).not.toContainText('Never run');
  await expect(page.getByRole('columnheader', { name: 'Next run' })).toHaveAttribute('aria-sort', 'descending');
  await page.getByRole('button', { name: 'Name' }).click();
  await expect(page).toHaveURL(/sort=NAME&direction=ASC/);
  await page.goBack();
  await expect(page).toHaveURL(/sort=NEXT_RUN_AT/);
  // A reader is shown how things are, without what changes them.
  await expect(page.getByRole('switch')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /Run now/ })).toHaveCount(0);
});
