/** What states look like: the same colour and sign for what means the same. */

import { Ban, CalendarX2, CircleAlert, CircleCheck, CircleDashed, CircleMinus, CircleX, Clock, LoaderCircle, ShieldX, type LucideIcon } from 'lucide-react';
import type { Tone } from '../ui/Badge';

interface Look {
  tone: Tone;
  icon: LucideIcon;
}

const GOOD: Look = { tone: 'good', icon: CircleCheck };
const INCOMPLETE: Look = { tone: 'warning', icon: CircleAlert };
const BAD: Look = { tone: 'bad', icon: CircleX };
const GOING: Look = { tone: 'active', icon: LoaderCircle };
const LEFT_OUT: Look = { tone: 'neutral', icon: CircleMinus };
const CANCELLED: Look = { tone: 'neutral', icon: Ban };
const UNDECIDED: Look = { tone: 'neutral', icon: CircleDashed };

const LOOKS = {
  run: {
    QUEUED: { tone: 'active', icon: CircleDashed },
    RUNNING: GOING,
    SUCCEEDED: GOOD,
    PARTIAL: INCOMPLETE,
    FAILED: BAD,
    CANCELLED,
    SKIPPED: LEFT_OUT,
    MISSED: { tone: 'warning', icon: CalendarX2 },
  },
  kind: {
    QUEUED: UNDECIDED,
    RUNNING: GOING,
    SUCCEEDED: GOOD,
    PARTIAL: INCOMPLETE,
    FAILED: BAD,
    NOT_AVAILABLE: LEFT_OUT,
    CANCELLED,
  },
  connection: {
    CONNECTED: GOOD,
    NOT_CONFIGURED: { tone: 'warning', icon: CircleDashed },
    PERMISSION_MISSING: INCOMPLETE,
    TOKEN_EXPIRED: BAD,
    UNVERIFIED: UNDECIDED,
  },
  token: {
    ACTIVE: GOOD,
    EXPIRED: { tone: 'neutral', icon: Clock },
    REVOKED: { tone: 'neutral', icon: CircleX },
  },
  audit: { SUCCEEDED: GOOD, FAILED: BAD, DENIED: { tone: 'warning', icon: ShieldX } },
} satisfies Record<string, Record<string, Look>>;

/** The look of a state of something; that of an undecided one for what a newer server adds. */
export function lookOf(what: keyof typeof LOOKS, state: string): Look {
  const looks: Partial<Record<string, Look>> = LOOKS[what];
  return looks[state] ?? UNDECIDED;
}
