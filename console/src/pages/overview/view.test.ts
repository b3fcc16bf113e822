import { expect, test } from 'vitest';
import type { TenantRow } from './tenants';
import { seen, STATES, type View } from './view';

type Overview = TenantRow['node']['overview'];

function row(name: string, overview: Partial<Overview> = {}, node: Partial<TenantRow['node']> = {}): TenantRow {
  return {
    viewerRole: 'OWNER',
    node: {
      id: `ten_${name}`,
      name,
      entraTenantId: '0b1c2d3e-0000-4000-8000-000000000000',
      connectionStatus: 'CONNECTED',
      ...node,
      overview: {
        scheduleCount: 1,
        activeRunCount: 0,
        failedRunCountLast24Hours: 0,
        partialRunCountLast24Hours: 0,
        staleScheduleCount: 0,
        lastSucceededAt: null,
        nextRunAt: null,
        storageBytes: '0',
        ...overview,
      },
    },
  };
}

const ALL: View = { search: '', state: null, connection: null, sort: { by: 'name', direction: 'ASC' } };

const names = (rows: readonly TenantRow[], view: Partial<View>) =>
  seen(rows, { ...ALL, ...view }, 'en').map(({ node }) => node.name);

test('names are in the order that people expect', () => {
  const rows = [row('Tenant 10'), row('tenant 2'), row('Ärzte'), row('Zoo')];
  expect(names(rows, {})).toEqual(['Ärzte', 'tenant 2', 'Tenant 10', 'Zoo']);
  expect(names(rows, { sort: { by: 'name', direction: 'DESC' } })).toEqual(['Zoo', 'Tenant 10', 'tenant 2', 'Ärzte']);
});

test('a tenant without a success is the most overdue, one without a next run the last in line', () => {
  const rows = [
    row('a', { lastSucceededAt: '2026-11-25T00:00:00Z', nextRunAt: '2026-11-27T00:00:00Z' }),
    row('b'),
    row('c', { lastSucceededAt: '2026-11-20T00:00:00Z', nextRunAt: '2026-11-26T00:00:00Z' }),
  ];
  expect(names(rows, { sort: { by: 'lastSuccess', direction: 'ASC' } })).toEqual(['b', 'c', 'a']);
  expect(names(rows, { sort: { by: 'nextRun', direction: 'ASC' } })).toEqual(['c', 'a', 'b']);
});

test('a failed run outweighs incomplete ones', () => {
  const rows = [row('a', { partialRunCountLast24Hours: 9 }), row('b', { failedRunCountLast24Hours: 1 }), row('c')];
  expect(names(rows, { sort: { by: 'failures', direction: 'DESC' } })).toEqual(['b', 'a', 'c']);
  expect(rows.filter(STATES.failing)).toHaveLength(2);
});

test('text, state and connection narrow it together', () => {
  const rows = [
    row('Contoso', { staleScheduleCount: 1 }),
    row('Contoso Labs', { staleScheduleCount: 2 }, { connectionStatus: 'TOKEN_EXPIRED' }),
    row('Fabrikam', { staleScheduleCount: 3 }, { connectionStatus: 'TOKEN_EXPIRED' }),
  ];
  expect(names(rows, { search: 'CONTOSO', state: 'stale', connection: 'TOKEN_EXPIRED' })).toEqual(['Contoso Labs']);
  expect(names(rows, { search: '0b1c2d3e' })).toHaveLength(3);
});
