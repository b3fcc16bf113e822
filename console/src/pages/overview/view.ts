/** Which tenants are shown, and in which order. */

import type { TenantConnectionStatus } from '../../gql/graphql';
import type { Direction } from '../../ui/DataTable';
import { ROLES } from '../../words/roles';
import type { TenantRow } from './tenants';

/** Tenants that something can be said of. Each is a tile that counts them and shows them alone. */
export const STATES = {
  failing: ({ node: { overview } }: TenantRow) =>
    overview.failedRunCountLast24Hours + overview.partialRunCountLast24Hours > 0,
  stale: ({ node: { overview } }: TenantRow) => overview.staleScheduleCount > 0,
  // A credential that was not used yet may well be good.
  unconnected: ({ node }: TenantRow) => node.connectionStatus !== 'CONNECTED' && node.connectionStatus !== 'UNVERIFIED',
  running: ({ node: { overview } }: TenantRow) => overview.activeRunCount > 0,
} as const;

export type State = keyof typeof STATES;
export const STATE_NAMES = Object.keys(STATES) as State[];

/** States into which an event of a run can bring a tenant, so that those without have to be followed as well. */
const BY_RUNS: readonly State[] = ['failing', 'running'];

/** Whom to follow although they are not shown: they would be, if something happened to them. */
export function comingIn(rows: readonly TenantRow[], { state }: View): string[] {
  return state !== null && BY_RUNS.includes(state) ? rows.map(({ node }) => node.id) : [];
}

export interface View {
  search: string;
  state: State | null;
  connection: TenantConnectionStatus | null;
  sort: { by: Field; direction: Direction };
}

type Value = string | number;

/** From the best to the worst. */
export const CONNECTIONS: readonly TenantConnectionStatus[] = [
  'CONNECTED',
  'UNVERIFIED',
  'PERMISSION_MISSING',
  'NOT_CONFIGURED',
  'TOKEN_EXPIRED',
];

/** What has never happened counts as earliest; what will never happen, as latest. */
const NEVER = Number.NEGATIVE_INFINITY;
const NOT_AGAIN = Number.POSITIVE_INFINITY;

const at = (instant: string | null | undefined, absent: number) =>
  instant === null || instant === undefined ? absent : Date.parse(instant);

const VALUES = {
  name: ({ node }) => node.name,
  role: ({ viewerRole }) => ROLES.indexOf(viewerRole),
  connection: ({ node }) => CONNECTIONS.indexOf(node.connectionStatus),
  lastSuccess: ({ node }) => at(node.overview.lastSucceededAt, NEVER),
  stale: ({ node }) => node.overview.staleScheduleCount,
  nextRun: ({ node }) => at(node.overview.nextRunAt, NOT_AGAIN),
  running: ({ node }) => node.overview.activeRunCount,
  // A failed run is worse than any number of incomplete ones.
  failures: ({ node: { overview } }) =>
    overview.failedRunCountLast24Hours * 1e6 + overview.partialRunCountLast24Hours,
  storage: ({ node }) => Number(node.overview.storageBytes),
} satisfies Record<string, (row: TenantRow) => Value>;

export type Field = keyof typeof VALUES;
export const FIELDS = Object.keys(VALUES) as Field[];

function compare(one: Value, other: Value, collator: Intl.Collator): number {
  if (typeof one === 'string' && typeof other === 'string') {
    return collator.compare(one, other);
  }
  return one < other ? -1 : one > other ? 1 : 0;
}

export function seen(rows: readonly TenantRow[], view: View, language: string): TenantRow[] {
  const collator = new Intl.Collator(language, { numeric: true, sensitivity: 'base' });
  const sought = view.search.trim().toLocaleLowerCase(language);
  const isSeen = (row: TenantRow) =>
    (view.state === null || STATES[view.state](row)) &&
    (view.connection === null || row.node.connectionStatus === view.connection) &&
    (sought === '' ||
      row.node.name.toLocaleLowerCase(language).includes(sought) ||
      row.node.entraTenantId.startsWith(sought));
  const value: (row: TenantRow) => Value = VALUES[view.sort.by];
  const turn = view.sort.direction === 'ASC' ? 1 : -1;
  return rows
    .filter(isSeen)
    .sort(
      (one, other) =>
        turn * compare(value(one), value(other), collator) ||
        collator.compare(one.node.name, other.node.name),
    );
}
