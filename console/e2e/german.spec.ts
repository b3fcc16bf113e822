/** The console in German: also what the server tells in English, for whoever may only read as well. */

import { axe } from './support/axe';
import { ended, makeSchedule, startRun } from './support/backups';
import { places, settled } from './support/places';
import { expect, test } from './support/test';

test.use({ locale: 'de-DE' });

test('what the server tells in English is German here', async ({ page, server, contoso, signInAs }) => {
  const name = 'Auf Deutsch erzählt';
  const id = await makeSchedule(server, contoso, name, ['REMEDIATION']);
  await server.simulator.fail({
    path: '/beta/deviceManagement/deviceHealthScripts*',
    effect: { forbidden: { scopes: ['DeviceManagementScripts.Read.All'] } },
  });
  const run = await ended(server, await startRun(server, id));
  await server.simulator.recover();

  await signInAs('olivia', '/notifications');
  const told = page.getByRole('main').getByRole('listitem').filter({ hasText: name });
  await expect(told.getByRole('link', { name: `Die Sicherung „${name}“ ist fehlgeschlagen` })).toBeVisible();
  await expect(told).toContainText('Ursache: Der App-Registrierung fehlt eine Berechtigung.');
  // The server's own text names the permission, and says which language it is in.
  const original = told.getByText('DeviceManagementScripts.Read.All');
  await expect(original).toBeHidden();
  await told.getByText('Im Wortlaut des Servers').click();
  await expect(original).toBeVisible();
  await expect(original).toHaveAttribute('lang', 'en');
  await axe(page);

  await page.goto(`/tenants/${contoso.id}/runs/${run.id}`);
  await expect(page.getByRole('rowheader', { name: 'Korrekturen (Skripts zur Geräteintegrität)' })).toBeVisible();
  await page.goto(`/tenants/${contoso.id}/audit?actions=RUN_FINISHED`);
  await expect(page.getByText('Sicherungsdienst').first()).toBeVisible();
  await expect(page.getByText('Worker', { exact: true })).toHaveCount(0);
  await page.goto(`/tenants/${contoso.id}/schedules/new`);
  await expect(page.getByRole('checkbox', { name: /^Konformitätsrichtlinien Beta/ })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /^Compliance policies/ })).toHaveCount(0);
});

test('axe-core finds no violation in German, for whoever may only read', async ({ page, server, signInAs }) => {
  test.setTimeout(300_000);
  await signInAs('rita');
  for (const path of await places(server)) {
    await test.step(path, async () => {
      await page.goto(path);
      await settled(page);
      await axe(page);
    });
  }
});
