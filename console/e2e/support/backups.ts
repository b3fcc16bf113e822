/** Schedules, runs and backup sets for tests that need some. They are made through the API. */

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DemoTenant, Server } from './server';
import type { Fault } from './simulator';

const PATIENCE = 120_000;
const BETWEEN_LOOKS = 200;
const ACTIVE = ['QUEUED', 'RUNNING'];

interface Refusable {
  userErrors: { code: string; message: string }[];
}

function accepted<Payload extends Refusable>(payload: Payload): Payload {
  if (payload.userErrors.length > 0) {
    throw new Error(JSON.stringify(payload.userErrors));
  }
  return payload;
}

/** Schedules of a tenant, oldest first. */
export async function schedulesOf(server: Server, tenant: DemoTenant): Promise<{ id: string; name: string }[]> {
  const query = `query ($id: ID!) { tenant(id: $id) { backupSchedules { nodes { id name } } } }`;
  const { tenant: found } = await server.ask<{
    tenant: { backupSchedules: { nodes: { id: string; name: string }[] } };
  }>(query, { id: tenant.id });
  return found.backupSchedules.nodes;
}

/** A time of day that is hours away, so that nothing fires by itself while a test runs. */
function farOff(): string {
  return new Date(Date.now() + 12 * 3_600_000).toISOString().slice(11, 16);
}

/** Puts the demonstration's own schedules off: they fire hours from now. */
export async function putOff(server: Server, tenant: DemoTenant): Promise<void> {
  const recurrence = { frequency: 'DAILY', timeOfDay: farOff(), timeZone: 'Europe/Berlin' };
  for (const { id } of await schedulesOf(server, tenant)) {
    const { updateBackupSchedule } = await server.ask<{ updateBackupSchedule: Refusable }>(
      `mutation ($input: UpdateBackupScheduleInput!) {
        updateBackupSchedule(input: $input) { userErrors { code message } }
      }`,
      { input: { scheduleId: id, recurrence } },
    );
    accepted(updateBackupSchedule);
  }
}

/** A time of day in UTC whose slot comes within two minutes, and not before what a test does first. */
export function soon(): string {
  return new Date(Date.now() + 80_000).toISOString().slice(11, 16);
}

/** Makes a schedule that fires hours from now, unless another time of day in UTC is given, and gives its ID. */
export async function makeSchedule(
  server: Server,
  tenant: DemoTenant,
  name: string,
  policyTypes: string[] = ['DEVICE_CONFIGURATION', 'SCOPE_TAG'],
  timeOfDay?: string,
): Promise<string> {
  const recurrence =
    timeOfDay === undefined
      ? { frequency: 'DAILY', timeOfDay: farOff(), timeZone: 'Europe/Berlin' }
      : { frequency: 'DAILY', timeOfDay, timeZone: 'Etc/UTC' };
  const { createBackupSchedule } = await server.ask<{
    createBackupSchedule: Refusable & { schedule: { id: string } };
  }>(
    `mutation ($input: CreateBackupScheduleInput!) {
      createBackupSchedule(input: $input) { schedule { id } userErrors { code message } }
    }`,
    { input: { tenantId: tenant.id, name, recurrence, policyTypes } },
  );
  return accepted(createBackupSchedule).schedule.id;
}

/** Starts a run, and gives its ID. A full read asks for everything again, also what has not moved. */
export async function startRun(server: Server, scheduleId: string, fullRead = false): Promise<string> {
  const { runBackupScheduleNow } = await server.ask<{
    runBackupScheduleNow: Refusable & { run: { id: string } };
  }>(
    `mutation ($input: RunBackupScheduleNowInput!) {
      runBackupScheduleNow(input: $input) { run { id } userErrors { code message } }
    }`,
    { input: { scheduleId, fullRead, idempotencyKey: randomUUID() } },
  );
  return accepted(runBackupScheduleNow).run.id;
}

export interface Ended {
  id: string;
  status: string;
  setId: string | null;
}

/** Waits until a run has ended, however it did. */
export async function ended(server: Server, runId: string): Promise<Ended> {
  const late = Date.now() + PATIENCE;
  for (;;) {
    const { backupScheduleRun: run } = await server.ask<{
      backupScheduleRun: { status: string; nextAttemptAt: string | null; backupSet: { id: string } | null };
    }>(`query ($id: ID!) { backupScheduleRun(id: $id) { status nextAttemptAt backupSet { id } } }`, { id: runId });
    if (!ACTIVE.includes(run.status)) {
      return { id: runId, status: run.status, setId: run.backupSet?.id ?? null };
    }
    if (Date.now() > late) {
      throw new Error(`the run is still ${run.status}`);
    }
    await pause(BETWEEN_LOOKS);
  }
}

/** Runs a schedule to its end, and gives the ID of the set that it made. */
export async function backUp(server: Server, scheduleId: string): Promise<{ runId: string; setId: string }> {
  const runId = await startRun(server, scheduleId);
  const { status, setId } = await ended(server, runId);
  if (setId === null) {
    throw new Error(`the run is ${status}, without a set`);
  }
  return { runId, setId };
}

const SCRIPTS = '/beta/deviceManagement/deviceManagementScripts';

/**
 * Somebody adds a script and renames one that was backed up before, while a run of a schedule reads them all.
 * That one is named, for which script a run reads first is left to chance.
 */
export async function addAndRename(server: Server, tenant: DemoTenant, scheduleId: string): Promise<void> {
  const { tenant: found } = await server.ask<{ tenant: { policies: { nodes: { graphId: string }[] } } }>(
    `query ($id: ID!) {
      tenant(id: $id) {
        policies(first: 1, filter: { types: [POWERSHELL_SCRIPT], isMissing: false, isBackedUp: true }) {
          nodes { graphId }
        }
      }
    }`,
    { id: tenant.id },
  );
  const [script] = found.policies.nodes;
  if (script === undefined) {
    throw new Error('no script was backed up');
  }
  const faults: Fault[] = [
    { path: SCRIPTS, effect: 'itemAdded', hits: { first: 1 } },
    { path: `${SCRIPTS}/${script.graphId}`, effect: 'itemEdited', hits: { first: 1 } },
  ];
  await server.simulator.fail(...faults);
  const { status } = await ended(server, await startRun(server, scheduleId, true));
  await server.simulator.recover();
  if (status !== 'SUCCEEDED') {
    throw new Error(`the run is ${status}`);
  }
}
