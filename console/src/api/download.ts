/** Downloads of what takes the session's token, which a link cannot send. */

import { currentSession, expire } from '../session/session';
import { NETWORK, type Failure } from './failure';

export type Download = { kind: 'done'; content: Blob } | { kind: 'failed'; failure: Failure };

interface Refusal {
  message?: string;
  extensions?: { code?: string; requestId?: string };
}

async function refusalOf(response: Response): Promise<Failure> {
  const unknown: Failure = { code: 'INTERNAL', message: '', requestId: response.headers.get('x-request-id') };
  try {
    const { errors } = (await response.json()) as { errors?: Refusal[] };
    const first = errors?.[0];
    return first === undefined
      ? unknown
      : {
          code: first.extensions?.code ?? unknown.code,
          message: first.message ?? '',
          requestId: first.extensions?.requestId ?? unknown.requestId,
        };
  } catch {
    return unknown;
  }
}

/**
 * Reads all of it, telling how many bytes have come. A connection that breaks off fails: what came
 * until then is never handed out as the whole.
 */
export async function download(address: string, signal: AbortSignal, onProgress: (bytes: number) => void): Promise<Download> {
  const session = currentSession();
  try {
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${session?.token ?? ''}` },
      signal,
    });
    if (!response.ok || response.body === null) {
      const failure = await refusalOf(response);
      if (failure.code === 'UNAUTHENTICATED' && session !== null) {
        expire(session);
      }
      return { kind: 'failed', failure };
    }
    let bytes = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (piece, to) => {
          bytes += piece.byteLength;
          onProgress(bytes);
          to.enqueue(piece);
        },
      }),
    );
    const content = await new Response(counted, { headers: { 'content-type': 'application/zip' } }).blob();
    return { kind: 'done', content };
  } catch {
    return { kind: 'failed', failure: { code: NETWORK, message: '', requestId: null } };
  }
}
