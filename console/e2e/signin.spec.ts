import { axe } from './support/axe';
import { expect, test } from './support/test';

test('a person signs in by one click and out again', async ({ page, signInAs }) => {
  await signInAs('olivia');
  await expect(page.getByRole('banner')).toContainText('TenantAtlas');
  await axe(page);
});

test('an API token signs in', async ({ page, signInWithToken, contoso }) => {
  await signInWithToken(contoso.tokens.READONLY, `/tenants/${contoso.id}`);
  await expect(page.getByRole('navigation', { name: 'Pages of the tenant' })).toContainText('Contoso');
});
