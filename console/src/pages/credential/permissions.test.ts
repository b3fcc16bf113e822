import { expect, test } from 'vitest';
import { groupsOf, neededFor } from './permissions';

const CATALOG = [
  { type: 'DEVICE_CONFIGURATION', requiredPermissions: ['Config.Read.All'] },
  { type: 'SETTINGS_CATALOG', requiredPermissions: ['Config.Read.All'] },
  { type: 'MOBILE_APP', requiredPermissions: ['Apps.Read.All'] },
  { type: 'NAMED_LOCATION', requiredPermissions: ['Policy.Read.All'] },
] as const;

test('each permission is named once, with the chosen kinds that need it', () => {
  const needed = neededFor(new Set(['SETTINGS_CATALOG', 'DEVICE_CONFIGURATION', 'MOBILE_APP']), CATALOG);
  expect(needed).toEqual([
    { permission: 'Apps.Read.All', kinds: ['MOBILE_APP'] },
    { permission: 'Config.Read.All', kinds: ['DEVICE_CONFIGURATION', 'SETTINGS_CATALOG'] },
  ]);
});

test('refused kinds stand together when the same permission opens them', () => {
  const missing = (policyType: (typeof CATALOG)[number]['type']) => ({
    policyType,
    errorCode: 'PERMISSION_MISSING' as const,
    errorMessage: `${policyType} needs something`,
  });
  const refusals = [missing('DEVICE_CONFIGURATION'), missing('MOBILE_APP'), missing('SETTINGS_CATALOG')];
  expect(groupsOf(refusals, ['Apps.Read.All', 'Config.Read.All'], CATALOG)).toEqual([
    {
      errorCode: 'PERMISSION_MISSING',
      permissions: ['Config.Read.All'],
      message: null,
      kinds: ['DEVICE_CONFIGURATION', 'SETTINGS_CATALOG'],
    },
    { errorCode: 'PERMISSION_MISSING', permissions: ['Apps.Read.All'], message: null, kinds: ['MOBILE_APP'] },
  ]);
});

test('what no permission explains keeps the words of the server', () => {
  const refusal = { policyType: 'MOBILE_APP', errorCode: 'TENANT_NOT_LICENSED', errorMessage: 'no licence' } as const;
  expect(groupsOf([refusal], ['Apps.Read.All'], CATALOG)).toEqual([
    { errorCode: 'TENANT_NOT_LICENSED', permissions: [], message: 'no licence', kinds: ['MOBILE_APP'] },
  ]);
});
