/** What the script of the first load weighs on the wire. */

import { expect, test } from './support/test';

const BUDGET = 300_000;

test.skip(process.env.E2E_CONSOLE === 'dev', 'sources are served one by one');

test('the script of a first load is light', async ({ page, signInAs }) => {
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (request.resourceType() === 'script') {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    }
  });
  await signInAs('olivia');
  await expect(page.getByRole('link', { name: 'Contoso' })).toBeVisible();
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`${(bytes / 1000).toFixed(1)} kB of script until the tenants are there`);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(BUDGET);
});
