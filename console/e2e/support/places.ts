/** Every page of the console, with objects that the demonstration has. */

import { expect, type Page } from '@playwright/test';
import { backUp, makeSchedule, schedulesOf } from './backups';
import type { Server } from './server';

/** A page that asks for much may take a while on a busy machine. */
const PATIENCE = 20_000;

interface Found {
  tenant: {
    backupSets: { nodes: { id: string; items: { nodes: { id: string }[] } }[] };
    policies: { nodes: { id: string }[] };
    backupRuns: { nodes: { id: string }[] };
  };
}

const FIND = `query ($id: ID!) {
  tenant(id: $id) {
    backupSets(first: 2) { nodes { id items(first: 1) { nodes { id } } } }
    policies(first: 1) { nodes { id } }
    backupRuns(first: 1) { nodes { id } }
  }
}`;

/** Paths of pages that need no tenant. */
export const OUTSIDE = ['/', '/tenants/new', '/notifications'];

/** Paths of all pages of those who have signed in. A second set of the tenant is made where it has one. */
export async function places(server: Server): Promise<string[]> {
  const tenant = server.tenant();
  const find = () => server.ask<Found>(FIND, { id: tenant.id });
  const sets = (await find()).tenant.backupSets.nodes;
  if (sets.length < 2) {
    const [daily] = await schedulesOf(server, tenant);
    await backUp(server, daily?.id ?? (await makeSchedule(server, tenant, 'Every page')));
  }
  const { backupSets, policies, backupRuns } = (await find()).tenant;
  const [target, base] = backupSets.nodes;
  const [schedule] = await schedulesOf(server, tenant);
  const inTenant = [
    '',
    'schedules',
    'schedules/new',
    `schedules/${schedule?.id ?? ''}`,
    `schedules/${schedule?.id ?? ''}/edit`,
    'runs',
    `runs/${backupRuns.nodes[0]?.id ?? ''}`,
    'sets',
    `sets/${target?.id ?? ''}`,
    `sets/${target?.id ?? ''}/items/${target?.items.nodes[0]?.id ?? ''}`,
    'compare',
    `compare?base=${base?.id ?? ''}&target=${target?.id ?? ''}`,
    'policies',
    `policies/${policies.nodes[0]?.id ?? ''}`,
    'audit',
    'members',
    'tokens',
    'credential',
    'settings',
  ];
  return [...OUTSIDE, ...inTenant.map((path) => `/tenants/${tenant.id}${path === '' ? '' : `/${path}`}`)];
}

/** Waits until a page shows what it is about, and no outline of it any more. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('main h1')).toBeVisible({ timeout: PATIENCE });
  await expect(page.locator('.skeleton, main[aria-busy="true"]')).toHaveCount(0, { timeout: PATIENCE });
}
