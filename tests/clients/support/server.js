// A server of one's own, mostly the demonstration, with its data in a directory that goes with it.
//
// Nothing outlives the test that started it: the process is ended by its own id, and every wait has
// an end.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const HERE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const ROOT = path.resolve(HERE, '../..');
export const SCHEMA_FILE = path.join(ROOT, 'schema.graphql');

const BINARY = path.resolve(HERE, process.env.TENANTATLAS_BIN ?? '../../target/debug/tenantatlas');
/** Limits for a suite in a hurry, to begin a configuration with; it ends in the table `limits`. */
export const IN_A_HURRY = `
[limits]
requests_per_minute = 1000000
points_per_minute = 1000000000
failed_sign_ins_per_minute = 1000000
`;
const START_PATIENCE = 60_000;
const STOP_PATIENCE = 45_000;

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(1));
}

/** Rejects when `promise` takes longer than `patience`. */
export async function within(patience, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts the demonstration. `config` is the text of its configuration file; by default it lets a
 * caller ask as often as it likes, because a suite is in a hurry.
 */
export function start({ config = IN_A_HURRY } = {}) {
  return launched(new Server(config, ['demo', '--data-dir'], /^Try this:$/m));
}

/** Starts the server alone, after `prepare` has run commands with its data. */
export function startAlone(config, prepare) {
  const server = new Server(config, ['serve'], /\bserving address=(\S+)/);
  prepare(server);
  return launched(server);
}

/** Starts the simulated Graph alone, with one tenant. */
export function startGraph(policies) {
  const args = ['simulate-graph', '--listen', '127.0.0.1:0', '--tenants', '1'];
  const ready = /^http:\/\/(\S+)$[\s\S]*^Contoso .*$/m;
  return launched(new Server('', [...args, '--policies', String(policies)], ready));
}

async function launched(server) {
  try {
    await server.launch('127.0.0.1:0');
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class Server {
  #child = null;
  #said = '';
  #args;
  #ready;
  #env;

  constructor(config, args, ready) {
    this.directory = mkdtempSync(path.join(tmpdir(), 'tenantatlas-clients-'));
    this.data = path.join(this.directory, 'data');
    const file = path.join(this.directory, 'config.toml');
    writeFileSync(file, config);
    this.#args = args.at(-1) === '--data-dir' ? [...args, this.data] : args;
    this.#ready = ready;
    this.#env = {
      PATH: process.env.PATH,
      TENANTATLAS_CONFIG: file,
      TENANTATLAS_DATA_DIR: this.data,
      TENANTATLAS_LOG: 'warn,tenantatlas=info',
      TENANTATLAS_LOG_FORMAT: 'text',
      TENANTATLAS_METRICS_LISTEN: 'off',
    };
  }

  /** Launches the program and reads what it prints. */
  async launch(listen) {
    this.#said = '';
    const child = spawn(BINARY, this.#args, {
      env: { ...this.#env, TENANTATLAS_LISTEN: listen },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    children.add(child);
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        children.delete(child);
        resolve(code ?? signal);
      });
    });
    const programme = new Promise((resolve, reject) => {
      child.on('error', (cause) => {
        reject(new Error(`${BINARY} cannot be run; build it with \`cargo build\``, { cause }));
      });
      child.on('exit', (code) => reject(new Error(`it ended with ${code}:\n${this.#said}`)));
      const hear = (piece) => {
        this.#said += piece;
        if (this.#ready.test(this.#said)) resolve();
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
    });
    await within(START_PATIENCE, 'the start of the server', programme);
    const address = this.#ready.exec(this.#said)[1];
    if (address === undefined) this.#read(this.#said);
    else this.#live(`http://${address}/graphql`);
  }

  /** Runs a command with the server's data, and gives what it prints. */
  command(...args) {
    const options = { env: this.#env, encoding: 'utf8', timeout: START_PATIENCE };
    const { status, stdout, stderr, error } = spawnSync(BINARY, args, options);
    if (error) throw error;
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  #live(url) {
    this.url = url;
    this.origin = new URL(url).origin;
    this.socketUrl = url.replace('http:', 'ws:');
  }

  #read(programme) {
    this.#live(/^API +(\S+)$/m.exec(programme)[1]);
    this.issuer = /^People +(\S+) /m.exec(programme)[1];
    this.tenants = {};
    for (const [, name, id] of programme.matchAll(/^(\S.*?) +(ten_\w+) /gm)) {
      this.tenants[name] = { id, tokens: {} };
    }
    const roles = /^(\S.*?) +(READONLY|OPERATOR|MANAGER) +(ta_\w+)$/gm;
    for (const [, name, role, token] of programme.matchAll(roles)) {
      this.tenants[name].tokens[role] = token;
    }
    this.tenant = this.tenants.Contoso;
  }

  get pid() {
    return this.#child.pid;
  }

  /** All that the program printed since it was launched. */
  get said() {
    return this.#said;
  }

  /** A token of the first tenant. */
  token(role = 'MANAGER') {
    return this.tenant.tokens[role];
  }

  /** The most memory that the process has held, in bytes. */
  peakMemory() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** Sends a body, as it is, and reads the answer. */
  async send(body, { token = this.token(), method = 'POST', headers = {}, url = this.url } = {}) {
    const response = await fetch(url, {
      method,
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  /** Asks, and expects data without errors. */
  async ask(query, variables = {}, { token } = {}) {
    const { status, json, text } = await this.send(JSON.stringify({ query, variables }), { token });
    if (status !== 200 || json?.errors) throw new Error(`${status}: ${text}`);
    return json.data;
  }

  /** Ends the program as an operator would, and starts it anew with its data at the same address. */
  async restart() {
    await this.end();
    await this.launch(new URL(this.url).host);
  }

  /** Ends the program as an operator would. */
  async end() {
    if (this.#child === null || this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    try {
      await within(STOP_PATIENCE, 'the end of the server', this.ended);
    } catch (error) {
      this.#child.kill('SIGKILL');
      await this.ended;
      throw error;
    }
  }

  /** Ends the program and removes its data. */
  async stop() {
    try {
      await this.end();
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}
