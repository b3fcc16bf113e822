/**
 * The program as a child process, with a directory that goes with it. It is ended by its own id, and
 * every wait has an end.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { within } from './within';

const BINARY = path.resolve(
  process.env.TENANTATLAS_BIN ?? path.join(import.meta.dirname, '../../../target/debug/tenantatlas'),
);
const START_PATIENCE = 60_000;
const STOP_PATIENCE = 45_000;

/** Limits for a suite in a hurry, and a stop that hands runs back to the queue soon. */
const CONFIG = `
[limits]
requests_per_minute = 1000000
points_per_minute = 1000000000
failed_sign_ins_per_minute = 1000000

[times]
tick = "1s"
shutdown_grace = "1s"
`;

const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export class Program {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'tenantatlas-console-'));
  readonly data = path.join(this.directory, 'data');
  private readonly config = path.join(this.directory, 'config.toml');
  private child: ChildProcess | null = null;
  private ended: Promise<unknown> = Promise.resolve();
  private said = '';

  constructor() {
    writeFileSync(this.config, CONFIG);
  }

  private get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      TENANTATLAS_CONFIG: this.config,
      TENANTATLAS_DATA_DIR: this.data,
      TENANTATLAS_LOG: 'warn,tenantatlas=info',
      TENANTATLAS_LOG_FORMAT: 'text',
      TENANTATLAS_METRICS_LISTEN: 'off',
    };
  }

  /** Launches the program, and gives what it has printed once that matches `ready`. */
  async launch(args: string[], listen: string, ready: RegExp): Promise<string> {
    this.said = '';
    const child = spawn(BINARY, args, {
      env: { ...this.env, TENANTATLAS_LISTEN: listen },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    children.add(child);
    this.ended = new Promise((resolve) => {
      child.on('close', () => {
        children.delete(child);
        resolve(undefined);
      });
    });
    const isReady = new Promise<void>((resolve, reject) => {
      child.on('error', (cause) =>
        reject(new Error(`${BINARY} cannot be run; build it with \`cargo build\``, { cause })),
      );
      child.on('exit', (code) => reject(new Error(`it ended with ${code ?? 'a signal'}:\n${this.said}`)));
      const hear = (piece: string) => {
        this.said += piece;
        if (ready.test(this.said)) {
          resolve();
        }
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
    });
    await within(START_PATIENCE, 'the start of the program', isReady);
    return this.said;
  }

  /** All that the program has printed since it was launched. */
  get output(): string {
    return this.said;
  }

  /** Runs a command with the program's data, and gives what it prints. */
  command(...args: string[]): string {
    const options = { env: this.env, encoding: 'utf8', timeout: START_PATIENCE } as const;
    const { status, stdout, stderr, error } = spawnSync(BINARY, args, options);
    if (error !== undefined) {
      throw error;
    }
    if (status !== 0) {
      throw new Error(`${args.join(' ')}: ${stderr}`);
    }
    return stdout.trim();
  }

  /** Ends the program as an operator would, or as a failing machine would. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child === null || this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    this.child.kill(signal);
    try {
      await within(STOP_PATIENCE, 'the end of the program', this.ended);
    } catch (error) {
      this.child.kill('SIGKILL');
      await this.ended;
      throw error;
    }
  }

  /** Ends the program and removes its data. */
  async stop(): Promise<void> {
    try {
      await this.end();
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}
