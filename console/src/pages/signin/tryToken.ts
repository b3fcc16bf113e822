/** Asks the server whether it takes a token, before it is kept. */

type Answer =
  | { kind: 'accepted'; expiresAt: number | null; who: string }
  | { kind: 'refused' }
  | { kind: 'unreachable' };

interface Body {
  data?: { viewer: { credentialExpiresAt: string | null; actor: { id?: string } } } | null;
}

const QUERY = '{ viewer { credentialExpiresAt actor { ... on User { id } ... on ApiToken { id } } } }';

/** What no token contains, and no header may. */
const STRANGE = /[^\x21-\x7e]/;

export async function tryToken(token: string): Promise<Answer> {
  if (STRANGE.test(token)) {
    return { kind: 'refused' };
  }
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: QUERY }),
    });
    if (answer.status >= 500) {
      return { kind: 'unreachable' };
    }
    const { data } = (await answer.json()) as Body;
    if (data === null || data === undefined) {
      return { kind: 'refused' };
    }
    const { credentialExpiresAt: expiresAt, actor } = data.viewer;
    return { kind: 'accepted', expiresAt: expiresAt === null ? null : Date.parse(expiresAt), who: actor.id ?? '' };
  } catch {
    return { kind: 'unreachable' };
  }
}
