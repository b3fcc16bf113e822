/** The pictures of the README and the documentation: UPDATE_SCREENSHOTS=1 makes them anew. */

import { addAndRename, backUp, ended, makeSchedule, schedulesOf, startRun } from './support/backups';
import { places, settled } from './support/places';
import { MAKES_PICTURES, shot } from './support/shot';
import type { DemoTenant, Server } from './support/server';
import { aloneTest as test, expect } from './support/test';

/** Makes a set, has somebody rename a script and add another one, and makes a set again. */
async function twoSets(server: Server, tenant: DemoTenant): Promise<string> {
  const [daily] = await schedulesOf(server, tenant);
  const { setId: base } = await backUp(server, daily?.id ?? '');
  const scripts = await makeSchedule(server, tenant, 'Scripts, in the evening', ['POWERSHELL_SCRIPT']);
  await addAndRename(server, tenant, scripts);
  const { setId: target } = await backUp(server, daily?.id ?? '');
  return new URLSearchParams({ base, target }).toString();
}

test.skip(!MAKES_PICTURES, 'only with UPDATE_SCREENSHOTS=1');
test.setTimeout(400_000);

test('the main pages, as a demonstration has them', async ({ page, server, contoso, guard, signInAs }) => {
  // Whoever takes a picture adds a style for it, which the page's policy refuses as it should.
  guard.expects(/inline style|style-src-elem inline/);
  const picture = async (name: string, path: string) => {
    await page.goto(path);
    await settled(page);
    await shot(page, name);
  };
  await picture('sign-in', '/sign-in');

  const compared = await twoSets(server, contoso);
  const [ofFabrikam] = await schedulesOf(server, server.tenant('Fabrikam'));
  await backUp(server, ofFabrikam?.id ?? '');
  // One tenant whose last run failed in part, as a provider's overview is there to tell.
  const northwind = server.tenant('Northwind Traders');
  const [daily] = await schedulesOf(server, northwind);
  const scopes = ['DeviceManagementScripts.Read.All'];
  await server.simulator.fail({ path: 'deviceManagementScripts', effect: { forbidden: { scopes, form: 'b' } } });
  const failing = await ended(server, await startRun(server, daily?.id ?? ''));
  await server.simulator.recover();

  await signInAs('olivia');
  const all = await places(server);
  const at = (part: RegExp) => all.find((path) => part.test(path)) ?? '';
  await picture('overview', '/');
  await picture('dashboard', `/tenants/${contoso.id}`);
  await picture('schedule-form', at(/schedules\/\w+\/edit$/));
  await picture('run', `/tenants/${northwind.id}/runs/${failing.id}`);
  await picture('set', at(/sets\/\w+$/));
  await picture('item', at(/items\/\w+$/));
  await picture('compare', `/tenants/${contoso.id}/compare?${compared}`);
  await picture('policy', at(/policies\/\w+$/));

  await page.emulateMedia({ colorScheme: 'dark' });
  await picture('overview-dark', '/');
  await picture('dashboard-dark', `/tenants/${contoso.id}`);
  await expect(page.getByRole('banner')).toBeVisible();
});
