/**
 * Who is signed in. The only secret of the console is the token of the sign-in; it stays in
 * `sessionStorage`, which ends with the tab and is not shared with others (ADR 22).
 */

import { useSyncExternalStore } from 'react';
import { keepIn, keptIn } from './kept';

/** Where a session is kept. */
const KEY = 'tenantatlas.session';

export interface Session {
  token: string;
  /** Milliseconds since the epoch; null when nobody said. The server refuses it afterwards. */
  expiresAt: number | null;
  /** The authority that signed the person in; null for an API token. */
  authority: string | null;
  /** The ID of the person or the API token: the same one may go on where a session has ended. */
  who: string;
}

export type SessionState =
  | { kind: 'signed-out'; reason: 'none' | 'expired' | 'left' }
  | { kind: 'signed-in'; session: Session };

export function isSession(value: unknown): value is Session {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    'expiresAt' in value &&
    'authority' in value &&
    'who' in value
  );
}

function kept(): SessionState {
  try {
    const value: unknown = JSON.parse(keptIn('sessionStorage', KEY) ?? 'null');
    if (!isSession(value)) {
      return { kind: 'signed-out', reason: 'none' };
    }
    if (value.expiresAt !== null && value.expiresAt <= Date.now()) {
      keepIn('sessionStorage', KEY, null);
      return { kind: 'signed-out', reason: 'expired' };
    }
    return { kind: 'signed-in', session: value };
  } catch {
    return { kind: 'signed-out', reason: 'none' };
  }
}

let state = kept();
const listeners = new Set<() => void>();

function become(next: SessionState): void {
  state = next;
  keepIn('sessionStorage', KEY, next.kind === 'signed-in' ? JSON.stringify(next.session) : null);
  listeners.forEach((listener) => listener());
}

export function begin(session: Session): void {
  become({ kind: 'signed-in', session });
}

/** Ends a session because the server takes its token no longer. Others go on. */
export function expire(session: Session): void {
  if (state.kind === 'signed-in' && state.session === session) {
    become({ kind: 'signed-out', reason: 'expired' });
  }
}

/** Ends the session because the person wants it. */
export function leave(): void {
  become({ kind: 'signed-out', reason: 'left' });
}

export function currentSession(): Session | null {
  return state.kind === 'signed-in' ? state.session : null;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSessionState(): SessionState {
  return useSyncExternalStore(onSessionChange, () => state);
}
