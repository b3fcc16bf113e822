import type { RunQuery } from '../../gql/graphql';

export type ShownRun = NonNullable<RunQuery['backupScheduleRun']>;
export type KindResult = ShownRun['policyTypeResults'][number];
