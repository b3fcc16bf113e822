/** What people expect of every page: links that hold, back, the keyboard, their language and colours. */

import type { Page } from '@playwright/test';
import { axe } from './support/axe';
import { makeSchedule } from './support/backups';
import { settled } from './support/places';
import { expect, test } from './support/test';

const MOST_STEPS = 80;

/** Presses Tab until something with this role and name has the focus. */
async function tabTo(page: Page, role: 'button' | 'link' | 'textbox', name: string | RegExp): Promise<void> {
  const wanted = page.getByRole(role, { name }).first();
  await expect(wanted).toBeVisible();
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      const outline = await wanted.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return { isOutlined: outlineStyle !== 'none' && outlineWidth !== '0px', boxShadow };
      });
      expect(outline.isOutlined || outline.boxShadow !== 'none', `the focus on ${String(name)} can be seen`).toBe(true);
      return;
    }
  }
  throw new Error(`the keyboard does not reach ${String(name)}`);
}

test('from the sign-in to a run, by keyboard alone', async ({ page, server, contoso }) => {
  await makeSchedule(server, contoso, 'By keyboard');
  await page.goto('/sign-in');
  await tabTo(page, 'button', /Oscar Petrov/);
  await page.keyboard.press('Enter');
  await tabTo(page, 'link', 'Contoso');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeFocused();
  await tabTo(page, 'link', 'Schedules');
  await page.keyboard.press('Enter');
  await tabTo(page, 'link', 'By keyboard');
  await page.keyboard.press('Enter');
  await tabTo(page, 'button', 'Run now');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 60_000 });
});

test('a keyboard that begins at the top can skip to the content', async ({ page, signInAs, contoso }) => {
  await signInAs('rita', `/tenants/${contoso.id}/schedules`);
  await settled(page);
  await page.getByRole('link', { name: 'Skip to the content' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const isInside = await page.evaluate(() => document.activeElement?.closest('#content') !== null);
  expect(isInside).toBe(true);
});

test('a link to a page leads there by way of the sign-in, and back leads back', async ({ page, contoso }) => {
  const deep = `/tenants/${contoso.id}/schedules?search=every&enabled=yes`;
  await page.goto(deep);
  await page.getByRole('button', { name: 'Rita Reyes' }).click();
  await page.waitForURL((url) => url.pathname + url.search === deep);
  await expect(page.getByRole('searchbox')).toHaveValue('every');

  await page.getByRole('link', { name: 'Every day, everything' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Every day, everything' })).toBeVisible();
  await page.goBack();
  await page.waitForURL((url) => url.pathname + url.search === deep);
  await expect(page.getByRole('searchbox')).toHaveValue('every');
});

test('an address that leads nowhere says so', async ({ page, signInAs, contoso }) => {
  await signInAs('rita');
  for (const path of ['/no/such/page', `/tenants/${contoso.id}/nothing`]) {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
    await axe(page);
  }
  for (const path of ['/tenants/ten_wrong', `/tenants/${contoso.id}/schedules/sch_0000000000000000000000`]) {
    await page.goto(path);
    await expect(page.getByText('Not found').first()).toBeVisible();
    await axe(page);
  }
});

test('colours and language are chosen, and stay', async ({ page, signInAs }) => {
  await signInAs('olivia');
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  const menu = page.getByRole('button', { name: /Olivia Owens/ });
  await menu.click();
  await page.getByRole('button', { name: /Colours/ }).click();
  await page.getByRole('option', { name: 'Dark' }).click();
  await expect.poll(background).not.toBe(light);

  await page.getByRole('button', { name: /Language/ }).click();
  await page.getByRole('option', { name: 'Deutsch' }).click();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Mandanten' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  expect(await background()).not.toBe(light);
});

test.describe('in a German browser', () => {
  test.use({ locale: 'de-DE' });

  test('the console speaks German from the start', async ({ page, contoso }) => {
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { level: 1, name: 'Anmelden' })).toBeVisible();
    await page.getByRole('button', { name: 'Rita Reyes' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Mandanten' })).toBeVisible();
    await page.goto(`/tenants/${contoso.id}/schedules`);
    await expect(page.getByRole('navigation', { name: 'Seiten des Mandanten' })).toContainText('Sicherungssätze');
    await expect(page.getByRole('heading', { level: 1, name: 'Zeitpläne' })).toBeVisible();
  });
});

test('code that an updated server no longer has is told of, and the page can be loaded anew', async ({ page, contoso, signInAs, guard }) => {
  guard.expects(/Failed to load resource|Failed to fetch dynamically imported module/);
  await signInAs('olivia', `/tenants/${contoso.id}/runs`);
  await settled(page);
  // As the program holds it, and as its sources are served.
  const code = /\/Audit(-[\w-]+\.js|\.tsx)/;
  await page.route(code, (route) => route.fulfill({ status: 404, body: '' }));
  await page.getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByRole('heading', { name: 'This page could not be loaded' })).toBeVisible();
  await axe(page);
  await page.unroute(code);
  await page.getByRole('button', { name: 'Load again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Audit log' })).toBeVisible();
});

test('a console without its words says so, in words of its own', async ({ page, guard }) => {
  guard.expects(/Failed to load resource|Failed to fetch dynamically imported module/);
  const words = /\/(en-[\w-]+\.js|i18n\/en\/index\.ts)/;
  await page.route(words, (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto('/sign-in');
  await expect(page.getByRole('heading', { name: 'The console could not be loaded' })).toBeVisible();
  await axe(page);
  await page.unroute(words);
  await page.getByRole('button', { name: 'Load again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
});

test('a browser that keeps nothing can still be signed in with', async ({ page, contoso, signInWithToken }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('nothing is kept', 'SecurityError');
        },
      });
    }
  });
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Olivia Owens' }).click();
  await expect(page.getByRole('alert')).toContainText('Your browser keeps nothing for this page');
  await signInWithToken(contoso.tokens.READONLY, `/tenants/${contoso.id}`);
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible();
});

test('on a phone the list comes before its filters, and the page of the tenant is in view', async ({ page, contoso, signInAs }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signInAs('olivia', `/tenants/${contoso.id}/audit?outcomes=SUCCEEDED`);
  await settled(page);
  await expect(page.getByRole('navigation', { name: 'Pages of the tenant' }).getByRole('link', { name: 'Audit log' })).toBeInViewport({ ratio: 1 });
  const filters = page.getByRole('search').getByRole('button', { name: 'Filters (1)' });
  await expect(page.getByLabel('From')).toHaveCount(0);
  await filters.click();
  await expect(page.getByLabel('From')).toBeVisible();
  await axe(page);
  await filters.click();
  await expect(page.getByLabel('From')).toHaveCount(0);
});

for (const { name, to, count } of [
  { name: 'notifications', to: () => '/notifications?show=all', count: 1 },
  { name: 'schedules', to: (id: string) => `/tenants/${id}/schedules?enabled=yes`, count: 1 },
  { name: 'policies', to: (id: string) => `/tenants/${id}/policies?missing=false&search=a`, count: 2 },
]) {
  test(`on a phone the filters of the ${name} are behind a button`, async ({ page, contoso, signInAs }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await signInAs('olivia', to(contoso.id));
    await settled(page);
    const filters = page.getByRole('search');
    await expect(filters.getByRole('button')).toHaveCount(1);
    await filters.getByRole('button', { name: `Filters (${count})` }).click();
    await expect(filters.getByRole('button')).not.toHaveCount(1);
    await axe(page);
  });
}
