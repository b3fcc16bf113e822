/** The demonstration: the whole product with three simulated tenants and four people. */

import { freePair } from './ports';
import { tokenOf, type Login } from './people';
import { Program } from './program';
import { Simulator } from './simulator';

const READY = /^Try this:$/m;
const PATIENCE = 30_000;

export type TokenRole = 'READONLY' | 'OPERATOR' | 'MANAGER';
export type TenantName = 'Contoso' | 'Fabrikam' | 'Northwind Traders';

export interface DemoTenant {
  id: string;
  name: string;
  /** An API token of each role. */
  tokens: Record<TokenRole, string>;
}

interface Answer {
  data?: unknown;
  errors?: unknown[];
}

function matched(pattern: RegExp, text: string, what: string): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) {
    throw new Error(`the program does not say ${what}:\n${text}`);
  }
  return found;
}

function tenantsIn(programme: string): DemoTenant[] {
  return [...programme.matchAll(/^(\S.*?) +(ten_\w+) /gm)].map(([, name = '', id = '']) => {
    const token = (role: TokenRole) =>
      matched(new RegExp(`^${name} +${role} +(ta_\\w+)$`, 'm'), programme, `the token of ${role}`);
    return {
      id,
      name,
      tokens: { READONLY: token('READONLY'), OPERATOR: token('OPERATOR'), MANAGER: token('MANAGER') },
    };
  });
}

export class Server {
  readonly program = new Program();
  private port = 0;
  private programme = '';
  private readonly personTokens = new Map<Login, Promise<string>>();

  static async start(): Promise<Server> {
    const server = new Server();
    try {
      server.port = await freePair();
      await server.launch();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private async launch(): Promise<void> {
    const args = ['demo', '--data-dir', this.program.data];
    this.programme = await this.program.launch(args, `127.0.0.1:${this.port}`, READY);
    this.personTokens.clear();
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get issuer(): string {
    return matched(/^People +(\S+) /m, this.programme, 'who issues tokens');
  }

  get simulator(): Simulator {
    return new Simulator(matched(/^Graph +(\S+) /m, this.programme, 'where Graph is'));
  }

  tenant(name: TenantName = 'Contoso'): DemoTenant {
    const tenant = tenantsIn(this.programme).find((one) => one.name === name);
    if (tenant === undefined) {
      throw new Error(`there is no ${name}:\n${this.programme}`);
    }
    return tenant;
  }

  /** The access token of a person, for preparing what a test needs. */
  tokenOf(login: Login): Promise<string> {
    const known = this.personTokens.get(login) ?? tokenOf(this.issuer, login);
    this.personTokens.set(login, known);
    return known;
  }

  /** Asks the API, as Olivia, who owns every tenant, unless a token says otherwise. */
  async ask<Data>(query: string, variables: Record<string, unknown> = {}, token?: string): Promise<Data> {
    const response = await fetch(`${this.origin}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token ?? (await this.tokenOf('olivia'))}`,
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = await response.text();
    const { data, errors } = JSON.parse(text) as Answer;
    if (!response.ok || errors !== undefined) {
      throw new Error(`${response.status}: ${text}`);
    }
    return data as Data;
  }

  /** Ends the program; `start` brings it back with its data at the same address. */
  async end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.program.end(signal);
  }

  /**
   * Starts the program anew with its data. The issuer has new keys then: people have to sign in again,
   * while API tokens that a test made itself still hold.
   */
  async comeBack(): Promise<void> {
    await this.launch();
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}
