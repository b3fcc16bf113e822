/** What holds of every page: axe-core finds nothing, and nothing is wider than the window. */

import type { Page } from '@playwright/test';
import { axe, axeColours } from './support/axe';
import { places, settled } from './support/places';
import { expect, test } from './support/test';

test.describe.configure({ mode: 'parallel', timeout: 300_000 });

const SIZES = [
  { width: 360, height: 740 },
  { width: 2560, height: 1440 },
  { width: 1280, height: 800 },
];

/** How many pixels of a page are beside the window; the place that is kept for a scroll bar is not. */
function overhang(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}

test('no page scrolls sideways, on a phone or on a wide screen', async ({ page, server, signInAs }) => {
  const paths = ['/sign-in', '/no/such/page', ...(await places(server))];
  await page.goto('/sign-in');
  for (const path of paths) {
    await test.step(path, async () => {
      if (path !== '/sign-in' && page.url().includes('/sign-in')) {
        await signInAs('olivia');
      }
      await page.goto(path);
      await settled(page);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await expect.soft(overhang(page), `${path} at ${size.width} px`).resolves.toBe(0);
      }
    });
  }
});

test('axe-core finds no violation on any page, light or dark', async ({ page, server, signInAs }) => {
  const look = async () => {
    await settled(page);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await axe(page);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await axeColours(page);
  };
  await page.goto('/sign-in');
  await look();
  await signInAs('olivia');
  for (const path of [...(await places(server)), '/no/such/page']) {
    await test.step(path, async () => {
      await page.goto(path);
      await look();
    });
  }
});
