/** The session: what is kept of it, how it ends, and where one is led afterwards. */

import { axe } from './support/axe';
import { makeToken, revokeToken } from './support/tokens';
import { expect, test } from './support/test';

test('one click signs a person in, and the menu signs out', async ({ page, signInAs }) => {
  await signInAs('olivia');
  await page.getByRole('button', { name: 'Account of Olivia Owens' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  const kept = await page.evaluate(() => Object.keys(sessionStorage));
  expect(kept).not.toContain('tenantatlas.session');
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('an API token signs in, and a wrong one is told of at its field', async ({ page, contoso, signInWithToken, guard }) => {
  guard.expects(/401/);
  await page.goto('/sign-in');
  await page.getByLabel('API token').fill('ta_wrong');
  await page.getByRole('button', { name: 'Sign in with the token' }).click();
  await expect(page.getByText('The server does not take this token.')).toBeVisible();
  await axe(page);
  await signInWithToken(contoso.tokens.READONLY, `/tenants/${contoso.id}`);
  await expect(page.getByRole('navigation', { name: 'Pages of the tenant' })).toContainText('Contoso');
});

test('a session that ends can be left for the sign-in, and leads from there back to where one was', async ({
  page,
  server,
  contoso,
  signInWithToken,
  guard,
}) => {
  guard.expects(/401/);
  const { id, token } = await makeToken(server, contoso, 'Ends soon');
  const place = `/tenants/${contoso.id}/schedules?enabled=yes`;
  await signInWithToken(token, place);
  await expect(page.locator('main h1')).toBeVisible();

  await revokeToken(server, id);
  const ended = page.getByRole('alertdialog', { name: 'Your sign-in has ended.' });
  await expect(ended).toBeVisible();
  await axe(page);
  expect(await page.evaluate(() => sessionStorage.getItem('tenantatlas.session'))).toBeNull();

  await ended.getByRole('button', { name: 'Sign in here' }).click();
  await page.getByRole('button', { name: 'Oscar Petrov' }).click();
  await page.waitForURL((url) => url.pathname + url.search === place);
  await expect(page.getByRole('button', { name: 'Account of Oscar Petrov' })).toBeVisible();
});

test('a form survives the end of a session, for the same one who signs in again', async ({
  page,
  context,
  server,
  contoso,
  signInWithToken,
  guard,
}) => {
  guard.expects(/401/);
  const typed = 'Typed before it ended';
  const { id, token } = await makeToken(server, contoso, 'Ends while typing');
  await signInWithToken(token, `/tenants/${contoso.id}/schedules/new`);
  await page.getByLabel('Name', { exact: true }).fill(typed);
  await revokeToken(server, id);
  const ended = page.getByRole('alertdialog', { name: 'Your sign-in has ended.' });
  await expect(ended).toBeVisible();
  await expect(ended).toContainText('what you have entered on it is not kept');

  // Another one begins anew, with nothing of what was typed.
  const signIn = async () => {
    const [window] = await Promise.all([
      context.waitForEvent('page'),
      ended.getByRole('button', { name: 'Sign in again' }).click(),
    ]);
    return window;
  };
  const first = await signIn();
  await Promise.all([first.waitForEvent('close'), first.getByRole('button', { name: 'Olivia Owens' }).click()]);
  await expect(ended).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Account of Olivia Owens' })).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('');

  // The same one goes on, and what was refused is asked for once more.
  await page.getByLabel('Name', { exact: true }).fill(typed);
  const refusal = { errors: [{ message: 'the session is over', extensions: { code: 'UNAUTHENTICATED' } }] };
  await page.route('**/graphql', (route) => route.fulfill({ status: 401, json: refusal }), { times: 1 });
  await page.getByRole('button', { name: 'Create schedule' }).click();
  await expect(ended).toContainText('What you have entered on this page is kept.');
  const kept = await page.evaluate(() => JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)]));
  expect(kept).not.toContain(typed);
  const second = await signIn();
  await Promise.all([second.waitForEvent('close'), second.getByRole('button', { name: 'Olivia Owens' }).click()]);
  await expect(ended).toHaveCount(0);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(typed);
  await page.getByRole('button', { name: 'Create schedule' }).click();
  await expect(page).toHaveURL(/\/schedules\/sch_\w+$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(typed);
});

test('whoever signs in before the session ends loses nothing that is typed', async ({ page, context, contoso, signInAs }) => {
  const typed = 'Typed before it ends';
  await page.route('**/graphql', async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    const soon = new Date(Date.now() + 120_000).toISOString();
    await route.fulfill({ response: answer, body: text.replace(/"credentialExpiresAt":"[^"]*"/, `"credentialExpiresAt":"${soon}"`) });
  });
  await signInAs('olivia', `/tenants/${contoso.id}/schedules/new`);
  await page.getByLabel('Name', { exact: true }).fill(typed);
  const note = page.getByRole('status').filter({ hasText: 'Your sign-in ends' });
  const [window] = await Promise.all([context.waitForEvent('page'), note.getByRole('button', { name: 'Sign in again' }).click()]);
  await page.unroute('**/graphql');
  // The window knows the session that ends, and asks all the same.
  await Promise.all([window.waitForEvent('close'), window.getByRole('button', { name: 'Olivia Owens' }).click()]);
  await expect(note).toHaveCount(0);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(typed);
});

test('nothing secret is kept but the token of the session', async ({ page, contoso, server, signInAs }) => {
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await signInAs('olivia', `/tenants/${contoso.id}/tokens`);
  await page.goto(`/tenants/${contoso.id}/credential`);
  await expect(page.locator('main h1')).toBeVisible();
  const { session, rest, html, cookies, trail } = await page.evaluate(() => {
    const session = sessionStorage.getItem('tenantatlas.session') ?? '';
    const others = Object.entries(sessionStorage).filter(([key]) => key !== 'tenantatlas.session');
    return {
      session,
      rest: JSON.stringify([others, Object.entries(localStorage)]),
      html: document.documentElement.outerHTML,
      cookies: document.cookie,
      trail: JSON.stringify([location.href, history.state]),
    };
  });
  const { token } = JSON.parse(session) as { token: string };
  expect(token).toMatch(/^ey/);
  const clientSecret = /simulated~\w+/;
  for (const [what, text] of Object.entries({ rest, html, cookies, trail, addresses: addresses.join(' ') })) {
    expect(text.includes(token), `the token in ${what}`).toBe(false);
    expect(text, `a secret in ${what}`).not.toMatch(clientSecret);
  }
  expect(cookies).toBe('');
  // The code of the sign-in is for one use; it does not stay in the history either.
  await page.goBack();
  expect(page.url()).not.toContain('code=');
  expect(server.program.output).not.toContain(token);
});
