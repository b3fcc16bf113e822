/** What the console has to know before anybody has signed in: `GET /console.json`. */

export interface DemoPerson {
  name: string;
  role: string;
  hint: string;
}

export interface Issuer {
  name: string;
  authority: string;
  clientId: string;
  scopes: string[];
  /** Made-up people of the demonstration, who sign in with one click. */
  people?: DemoPerson[];
}

export interface Settings {
  version: string;
  demo: boolean;
  issuers: Issuer[];
}

export async function loadSettings(): Promise<Settings> {
  const answer = await fetch('/console.json', { headers: { accept: 'application/json' } });
  if (!answer.ok) {
    throw new Error(`/console.json: ${answer.status.toString()}`);
  }
  return (await answer.json()) as Settings;
}
