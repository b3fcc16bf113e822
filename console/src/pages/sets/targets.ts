/** Whom an assignment is for, read from what Graph calls its target. */

import { isList, isObject, type Json } from '../../json/value';

export interface Target {
  /** ALL_USERS and ALL_DEVICES name themselves, the others by a group. */
  whom: 'ALL_USERS' | 'ALL_DEVICES' | 'GROUP' | 'NOT_GROUP';
  groupId: string | null;
  filterId: string | null;
  /** Whether the filter lets in what it matches, or keeps it out. */
  filter: 'include' | 'exclude' | null;
  /** For applications: `required`, `available` and the like. */
  intent: string | null;
}

const WHOM: Partial<Record<string, Target['whom']>> = {
  '#microsoft.graph.allLicensedUsersAssignmentTarget': 'ALL_USERS',
  '#microsoft.graph.allDevicesAssignmentTarget': 'ALL_DEVICES',
  '#microsoft.graph.groupAssignmentTarget': 'GROUP',
  '#microsoft.graph.cloudPcManagementGroupAssignmentTarget': 'GROUP',
  '#microsoft.graph.exclusionGroupAssignmentTarget': 'NOT_GROUP',
};

function text(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function targetOf(assignment: Json): Target | null {
  const target = isObject(assignment) ? assignment.target : undefined;
  if (!isObject(assignment) || target === undefined || !isObject(target)) {
    return null;
  }
  const whom = WHOM[text(target['@odata.type']) ?? ''];
  const filter = text(target.deviceAndAppManagementAssignmentFilterType);
  return whom === undefined
    ? null
    : {
        whom,
        groupId: text(target.groupId),
        filterId: text(target.deviceAndAppManagementAssignmentFilterId),
        filter: filter === 'include' || filter === 'exclude' ? filter : null,
        intent: text(assignment.intent),
      };
}

/** The targets of all assignments; null when one of them has another form. */
export function targetsOf(assignments: Json): Target[] | null {
  const targets = isList(assignments) ? assignments.map(targetOf) : [null];
  return targets.every((target) => target !== null) ? targets : null;
}
