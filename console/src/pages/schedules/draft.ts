/** A schedule as it is being written: what a form holds, what it sends, and how two are joined. */

import type {
  BackupScheduleRecurrenceInput,
  CreateBackupScheduleInput,
  ScheduleSettingsFragment,
  UpdateBackupScheduleInput,
} from '../../gql/graphql';

export type Recurrence = Omit<ScheduleSettingsFragment['recurrence'], '__typename'>;

export interface Draft {
  name: string;
  recurrence: Recurrence;
  policyTypes: ScheduleSettingsFragment['policyTypes'];
  includeAssignments: boolean;
  includeScopeTags: boolean;
  keepLast: number;
  enabled: boolean;
}

export type DraftField = keyof Draft;

export function draftOf(schedule: ScheduleSettingsFragment): Draft {
  const { frequency, weekdays, timeOfDay, timeZone, spreadMinutes } = schedule.recurrence;
  return {
    name: schedule.name,
    recurrence: { frequency, weekdays, timeOfDay, timeZone, spreadMinutes },
    policyTypes: schedule.policyTypes,
    includeAssignments: schedule.includeAssignments,
    includeScopeTags: schedule.includeScopeTags,
    keepLast: schedule.retention.keepLast,
    enabled: schedule.enabled,
  };
}

/** Days that were chosen before the schedule became a daily one are kept in the form alone. */
export function recurrenceInput(recurrence: Recurrence): BackupScheduleRecurrenceInput {
  return { ...recurrence, weekdays: recurrence.frequency === 'DAILY' ? [] : recurrence.weekdays };
}

function settings(draft: Draft): Omit<UpdateBackupScheduleInput & CreateBackupScheduleInput, 'tenantId' | 'scheduleId'> {
  return {
    name: draft.name.trim(),
    recurrence: recurrenceInput(draft.recurrence),
    policyTypes: draft.policyTypes,
    includeAssignments: draft.includeAssignments,
    includeScopeTags: draft.includeScopeTags,
    retention: { keepLast: draft.keepLast },
  };
}

export function creation(tenantId: string, draft: Draft, idempotencyKey: string): CreateBackupScheduleInput {
  return { tenantId, enabled: draft.enabled, ...settings(draft), idempotencyKey };
}

export function change(scheduleId: string, draft: Draft, expectedRevision: number): UpdateBackupScheduleInput {
  return { scheduleId, expectedRevision, ...settings(draft) };
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function fields(draft: Draft): DraftField[] {
  return Object.keys(draft) as DraftField[];
}

export function isSame(one: Draft, other: Draft): boolean {
  return fields(one).every((field) => isEqual(one[field], other[field]));
}

export interface Joined {
  draft: Draft;
  /** What somebody else has changed. */
  theirs: DraftField[];
  /** What both have changed, each in another way. The draft has one's own values. */
  clashes: DraftField[];
}

/** Joins what was typed with what somebody else has saved since it was begun. */
export function join(base: Draft, mine: Draft, saved: Draft): Joined {
  const theirs = fields(saved).filter((field) => !isEqual(base[field], saved[field]));
  const own = fields(mine).filter((field) => !isEqual(base[field], mine[field]));
  const taken = theirs.filter((field) => !own.includes(field));
  return {
    draft: { ...mine, ...Object.fromEntries(taken.map((field) => [field, saved[field]])) },
    theirs,
    clashes: theirs.filter((field) => own.includes(field) && !isEqual(mine[field], saved[field])),
  };
}
