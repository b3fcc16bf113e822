/** What each role is offered, what it is not, and that the server refuses what the console leaves out. */

import { PEOPLE, type Login } from './support/people';
import { schedulesOf } from './support/backups';
import { settled } from './support/places';
import { expect, test } from './support/test';

const EVERYBODY = ['Dashboard', 'Schedules', 'Runs', 'Backup sets', 'Policies'];
const MANAGERS = [...EVERYBODY, 'Audit log', 'Members', 'API tokens'];
const OWNERS = [...MANAGERS, 'Credential', 'Settings'];

interface View {
  login: Login;
  pages: string[];
  mayRun: boolean;
  mayManage: boolean;
  mayAddTenants: boolean;
}

const VIEWS: View[] = [
  { login: 'rita', pages: EVERYBODY, mayRun: false, mayManage: false, mayAddTenants: false },
  { login: 'oscar', pages: EVERYBODY, mayRun: true, mayManage: false, mayAddTenants: false },
  { login: 'marco', pages: MANAGERS, mayRun: true, mayManage: true, mayAddTenants: false },
  { login: 'olivia', pages: OWNERS, mayRun: true, mayManage: true, mayAddTenants: true },
];

const RUN = `mutation ($id: ID!) {
  runBackupScheduleNow(input: { scheduleId: $id, idempotencyKey: "not-for-everybody" }) { userErrors { code } }
}`;
const RENAME = `mutation ($id: ID!) {
  updateBackupSchedule(input: { scheduleId: $id, name: "Renamed" }) { userErrors { code } }
}`;

for (const { login, pages, mayRun, mayManage, mayAddTenants } of VIEWS) {
  test(`${PEOPLE[login].role} is offered what the role may do, and nothing else`, async ({
    page,
    server,
    contoso,
    signInAs,
  }) => {
    await signInAs(login);
    await settled(page);
    await expect(page.getByRole('link', { name: 'Contoso' })).toBeVisible();
    await expect(page.getByRole('main').getByRole('link', { name: 'Add tenant' })).toHaveCount(mayAddTenants ? 1 : 0);

    await page.goto(`/tenants/${contoso.id}/schedules`);
    await settled(page);
    const nav = page.getByRole('navigation', { name: 'Pages of the tenant' });
    await expect(nav.getByRole('link')).toHaveText(pages);
    const main = page.getByRole('main');
    await expect(main.getByText('Every day, everything').first()).toBeVisible();
    await expect(main.getByRole('link', { name: 'New schedule' })).toHaveCount(mayManage ? 1 : 0);

    const [schedule] = await schedulesOf(server, contoso);
    const id = schedule?.id ?? '';
    await page.goto(`/tenants/${contoso.id}/schedules/${id}`);
    await settled(page);
    await expect(main.getByRole('button', { name: 'Run now' })).toHaveCount(mayRun ? 1 : 0);
    const more = main.getByRole('button', { name: 'More actions' });
    await expect(more).toHaveCount(mayRun || mayManage ? 1 : 0);
    if (mayRun || mayManage) {
      await more.click();
      const run = ['Run now, reading everything anew'];
      await expect(page.getByRole('menuitem')).toHaveText(mayManage ? [...run, 'Edit', 'Delete'] : run);
    }

    const token = await server.tokenOf(login);
    if (!mayRun) {
      await expect(server.ask(RUN, { id }, token)).rejects.toThrow(/FORBIDDEN/);
    }
    if (!mayManage) {
      await expect(server.ask(RENAME, { id }, token)).rejects.toThrow(/FORBIDDEN/);
    }
  });
}

test('whoever goes to a page that is not theirs is told so calmly', async ({ page, contoso, signInAs }) => {
  await signInAs('rita');
  const forbidden = ['audit', 'members', 'tokens', 'credential', 'settings', 'schedules/new'];
  for (const path of forbidden) {
    await test.step(path, async () => {
      await page.goto(`/tenants/${contoso.id}/${path}`);
      await expect(page.getByRole('main').getByText('Not allowed').first()).toBeVisible();
      await expect(page.getByRole('main').getByRole('textbox')).toHaveCount(0);
    });
  }
});

test('a tenant that one is no member of does not exist', async ({ page, server, contoso, signInWithToken }) => {
  const other = server.tenant('Fabrikam');
  await signInWithToken(contoso.tokens.MANAGER);
  await page.goto(`/tenants/${other.id}`);
  await expect(page.getByText('Not found').first()).toBeVisible();
});
