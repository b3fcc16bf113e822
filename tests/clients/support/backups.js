// Schedules and runs for tests that need some.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 60_000;

const SCHEDULES = `query ($tenantId: ID!) {
  tenant(id: $tenantId) { backupSchedules { nodes { id } } }
}`;
const DISABLE = `mutation ($id: ID!) {
  disableBackupSchedule(input: { scheduleId: $id }) { userErrors { code message } }
}`;
const CREATE = `mutation ($input: CreateBackupScheduleInput!) {
  createBackupSchedule(input: $input) { schedule { id } userErrors { code message path } }
}`;
const RUN = `mutation ($id: ID!, $key: String!) {
  runBackupScheduleNow(input: { scheduleId: $id, idempotencyKey: $key, fullRead: true }) {
    run { id }
    userErrors { code message }
  }
}`;
const STATUS = `query ($id: ID!) { backupScheduleRun(id: $id) { status backupSet { id } } }`;

/** Keeps the schedules of the demonstration from firing in the middle of a test. */
export async function quiet(server) {
  for (const { id: tenantId, tokens } of Object.values(server.tenants)) {
    const asManager = { token: tokens.MANAGER };
    const { tenant } = await server.ask(SCHEDULES, { tenantId }, asManager);
    for (const { id } of tenant.backupSchedules.nodes) await server.ask(DISABLE, { id }, asManager);
  }
}

/** The input for a schedule. */
export function plan(tenantId, name, policyTypes = ['DEVICE_CONFIGURATION', 'SCOPE_TAG']) {
  const recurrence = { frequency: 'DAILY', timeOfDay: '03:00', timeZone: 'Europe/Berlin' };
  return { tenantId, name, recurrence, policyTypes, enabled: false };
}

/** Makes a schedule that fires only by hand. */
export async function schedule(server, name, policyTypes, options = {}) {
  const input = plan(server.tenant.id, name, policyTypes);
  const { createBackupSchedule } = await server.ask(CREATE, { input }, options);
  if (createBackupSchedule.schedule === null) throw new Error(JSON.stringify(createBackupSchedule));
  return createBackupSchedule.schedule.id;
}

/** Starts a run. */
export async function runNow(server, id, options = {}) {
  const variables = { id, key: randomUUID() };
  const { runBackupScheduleNow } = await server.ask(RUN, variables, options);
  if (runBackupScheduleNow.run === null) throw new Error(JSON.stringify(runBackupScheduleNow));
  return runBackupScheduleNow.run.id;
}

/** Waits until a run has succeeded, and names its backup set. */
export async function landed(server, id) {
  const late = Date.now() + PATIENCE;
  for (;;) {
    const { backupScheduleRun: run } = await server.ask(STATUS, { id });
    if (run.status === 'SUCCEEDED') return run.backupSet.id;
    const isActive = ['QUEUED', 'RUNNING'].includes(run.status);
    if (!isActive || Date.now() > late) throw new Error(`the run is ${run.status}`);
    await pause(100);
  }
}
