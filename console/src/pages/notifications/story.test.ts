import { expect, test } from 'vitest';
import german from '../../i18n/de/told.json';
import type { NotificationKind } from '../../gql/graphql';
import { storyOf } from './story';

type Words = Partial<Record<string, string>>;

function told(kind: NotificationKind, deletedAt: string | null): [title: string | undefined, text: string | undefined] {
  const story = storyOf(kind, { __typename: 'BackupSchedule', id: 'sch_1', name: 'Nightly', deletedAt });
  const words: Words = german.notification[kind];
  return [words[story.title], words[story.text]];
}

test('a schedule that was deleted is not said to wait for being enabled again', () => {
  const [title, text] = told('SCHEDULE_STOPPED', '2026-01-01T00:00:00Z');
  expect(title).toMatch(/gelöscht$/);
  expect(text).not.toMatch(/aktiviert/);
});

test('why a schedule was disabled is told by the server', () => {
  const [title, text] = told('SCHEDULE_STOPPED', null);
  expect(title).toMatch(/deaktiviert$/);
  expect(text).toBeUndefined();
});

test('other news of a schedule that was deleted since then stay what they are', () => {
  expect(told('BACKUP_STALE', '2026-01-01T00:00:00Z')).toEqual(told('BACKUP_STALE', null));
  expect(told('BACKUP_STALE', null)[0]).toMatch(/veraltet$/);
});

test('what is about the tenant is told of the tenant', () => {
  const story = storyOf('CREDENTIAL_EXPIRING', { __typename: 'Tenant', id: 'ten_1' });
  expect(german.notification.CREDENTIAL_EXPIRING[story.title as 'titleOfTenant']).toMatch(/oder sind abgelaufen$/);
  expect(storyOf('RUN_FAILED', null)).toEqual({ schedule: null, title: 'titleOfTenant', text: 'text' });
});
