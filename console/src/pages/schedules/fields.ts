/** The inputs of the form that can be wrong, by their path below `input`. */
export const INPUTS = [
  'name',
  'recurrence.weekdays',
  'recurrence.timeOfDay',
  'recurrence.timeZone',
  'recurrence.spreadMinutes',
  'policyTypes',
  'retention.keepLast',
] as const;

export type InputName = (typeof INPUTS)[number];
export type ComplaintAt = (input: InputName) => string | undefined;
