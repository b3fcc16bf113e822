/**
 * What has been read, object by object. Events of subscriptions change the objects in place, so
 * every page that shows one shows it anew; what only a list can tell is asked for again (`refresh.ts`).
 * A change that this page makes itself forgets the lists that it moves. Changes with a secret in them
 * do not come here (`useSecretAction.ts`).
 */

import { cacheExchange, type Cache, type Entity, type UpdateResolver } from '@urql/exchange-graphcache';
import type { Exchange } from '@urql/core';

/** Values without an identity of their own: they belong to the object that they hang from. */
const EMBEDDED = [
  'BackupRetention',
  'BackupRunEvent',
  'BackupRunPolicyFailure',
  'BackupRunPolicyTypeResult',
  'BackupRunProgress',
  'BackupRunSummary',
  'BackupScheduleRecurrence',
  'BackupSetChanges',
  'BackupSetDiff',
  'BackupSetDiffEntry',
  'JsonChange',
  'NamedActor',
  'NotificationEvent',
  'PageInfo',
  'PolicyChangeAttribution',
  'PolicyReference',
  'PolicyTypeChanges',
  'PolicyTypeInfo',
  'PolicyTypeRefusal',
  'PolicyVersion',
  'RunCalendarDay',
  'ServerInfo',
  'ServerLimits',
  'StorageHistoryDay',
  'SystemActor',
  'TenantCredential',
  'TenantOverview',
  'UserError',
  'Viewer',
];

const CONNECTIONS = [
  'ApiToken',
  'AuditLogEntry',
  'BackupItem',
  'BackupSchedule',
  'BackupScheduleRun',
  'BackupSet',
  'BackupSetDiffEntry',
  'Notification',
  'Policy',
  'PolicyVersion',
  'Tenant',
  'TenantMember',
].flatMap((type) => [`${type}Connection`, `${type}Edge`]);

/** Which objects a fragment on an interface, or on one of its objects, is about. */
const POSSIBLE = {
  Actor: ['ApiToken', 'NamedActor', 'SystemActor', 'User'],
  Node: [
    'ApiToken',
    'AuditLogEntry',
    'BackupItem',
    'BackupSchedule',
    'BackupScheduleRun',
    'BackupSet',
    'Notification',
    'Policy',
    'Tenant',
    'TenantMember',
    'User',
  ],
  NotificationSubject: ['BackupSchedule', 'BackupScheduleRun', 'Tenant'],
};

/** Fields whose answers change by something other than what they show. */
function forget(cache: Cache, entity: Entity, fields: readonly string[]): void {
  for (const { fieldName, arguments: args } of cache.inspectFields(entity)) {
    if (fields.includes(fieldName)) {
      cache.invalidate(entity, fieldName, args);
    }
  }
}

function forgetEverywhere(cache: Cache, typename: string, fields: readonly string[]): void {
  const entities = new Set<string>();
  for (const { fieldKey } of cache.inspectFields('Query')) {
    const found = cache.resolve('Query', fieldKey);
    if (typeof found === 'string' && found.startsWith(`${typename}:`)) {
      entities.add(found);
    }
  }
  entities.forEach((entity) => forget(cache, entity, fields));
}

/** A tenant's lists and counts that a run or a schedule moves. */
const OF_TENANT = {
  runs: ['backupRuns', 'overview', 'runCalendar', 'auditLog'],
  schedules: ['backupSchedules', 'overview', 'auditLog'],
  sets: ['backupSets', 'overview', 'storageHistory', 'auditLog', 'policies', 'policiesSyncedAt'],
  members: ['members', 'viewerRole', 'viewerPermissions', 'auditLog'],
  tokens: ['apiTokens', 'auditLog'],
  credential: ['credential', 'connectionStatus', 'auditLog'],
  itself: ['auditLog'],
} as const;
const OF_SCHEDULE = ['runs', 'backupSets', 'activeRun', 'lastRun', 'nextRunAt', 'lastRunStatus', 'lastRunAt', 'becameStaleAt'];

function after(...groups: (keyof typeof OF_TENANT)[]): UpdateResolver {
  return (_result, _args, cache) => {
    forgetEverywhere(cache, 'Tenant', groups.flatMap((group) => OF_TENANT[group]));
    if (groups.includes('runs')) {
      forgetEverywhere(cache, 'BackupSchedule', OF_SCHEDULE);
    }
  };
}

const afterNotifications: UpdateResolver = (_result, _args, cache) => {
  const viewer = cache.resolve('Query', 'viewer');
  if (typeof viewer === 'string') {
    forget(cache, viewer, ['notifications', 'unreadNotificationCount']);
  }
};

const afterTenants: UpdateResolver = (_result, _args, cache) => {
  cache.invalidate('Query', 'viewer');
};

export function cache(): Exchange {
  return cacheExchange({
    possibleTypes: POSSIBLE,
    keys: Object.fromEntries([...EMBEDDED, ...CONNECTIONS].map((type) => [type, () => null])),
    updates: {
      Mutation: {
        createTenant: afterTenants,
        updateTenant: after('itself'),
        verifyTenantCredential: after('credential'),
        removeTenantCredential: after('credential'),
        addTenantMember: after('members'),
        updateTenantMember: after('members'),
        removeTenantMember: (...change) => {
          after('members')(...change);
          // Whoever leaves has one tenant less.
          afterTenants(...change);
        },
        revokeApiToken: after('tokens'),
        createBackupSchedule: after('schedules'),
        updateBackupSchedule: after('schedules'),
        deleteBackupSchedule: after('schedules'),
        enableBackupSchedule: after('schedules'),
        disableBackupSchedule: after('schedules'),
        runBackupScheduleNow: after('runs'),
        retryBackupScheduleRun: after('runs'),
        cancelBackupScheduleRun: after('runs'),
        deleteBackupSet: after('sets'),
        undeleteBackupSet: after('sets'),
        verifyBackupSet: after('itself'),
        markNotifications: afterNotifications,
        markAllNotificationsRead: afterNotifications,
      },
    },
  });
}
