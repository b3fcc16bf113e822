import { expect, test } from 'vitest';
import { targetsOf } from './targets';

test('targets are read with their groups, filters and intents', () => {
  const targets = targetsOf([
    {
      intent: 'required',
      target: {
        '@odata.type': '#microsoft.graph.groupAssignmentTarget',
        groupId: 'g1',
        deviceAndAppManagementAssignmentFilterId: 'f1',
        deviceAndAppManagementAssignmentFilterType: 'exclude',
      },
    },
    { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget', deviceAndAppManagementAssignmentFilterType: 'none' } },
  ]);
  expect(targets).toEqual([
    { whom: 'GROUP', groupId: 'g1', filterId: 'f1', filter: 'exclude', intent: 'required' },
    { whom: 'ALL_DEVICES', groupId: null, filterId: null, filter: null, intent: null },
  ]);
});

test('what has another form is not read as if it had this one', () => {
  expect(targetsOf({ includeUsers: ['All'] })).toBeNull();
  expect(targetsOf([{ target: { '@odata.type': '#microsoft.graph.newTarget' } }])).toBeNull();
  expect(targetsOf([])).toEqual([]);
});
