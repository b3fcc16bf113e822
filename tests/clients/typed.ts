// What a front end in TypeScript gets: results and variables whose types come from the documents.
// The compiler is the test.

import type { ResultOf, TypedDocumentNode, VariablesOf } from '@graphql-typed-document-node/core';
import * as api from './.out/api.js';

/** Any client, as far as types go. */
declare function ask<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result>;

export async function linesOf(tenantId: string): Promise<string[]> {
  const { tenant } = await ask(api.SchedulesDocument, { tenantId, first: 10 });
  // A tenant may be missing; the members of its lists are not.
  return (tenant?.backupSchedules.nodes ?? []).map((schedule) => `${schedule.name}: ${schedule.revision}`);
}

export async function whatIsWrong(input: VariablesOf<typeof api.CreateBackupScheduleDocument>['input']): Promise<string[]> {
  const { createBackupSchedule } = await ask(api.CreateBackupScheduleDocument, { input });
  return createBackupSchedule?.userErrors.map(({ code, path }) => `${code} ${path.join('.')}`) ?? [];
}

export type Event = ResultOf<typeof api.BackupRunEventsDocument>['backupRunEvents'];

// @ts-expect-error A variable that must be there is missing.
void ask(api.SchedulesDocument, {});

// @ts-expect-error Sizes are text, because they pass what a number can hold.
export const size = (set: NonNullable<ResultOf<typeof api.BackupSetDocument>['backupSet']>): number => set.payloadBytes;
