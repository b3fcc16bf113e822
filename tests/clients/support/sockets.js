// Conversations over WebSocket: the client that front ends use, and bare messages.

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { within } from './server.js';

export const PROTOCOL = 'graphql-transport-ws';

const PATIENCE = 30_000;

/** The reference client, connected when first used; as a manager unless something else is said. */
export function client(server, options = {}) {
  return createClient({
    url: server.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${server.token()}` }),
    retryAttempts: 0,
    ...options,
  });
}

/** A list that is added to from one side and waited for at the other. */
export class Mailbox {
  #arrived = [];
  #taken = 0;
  #failure = null;
  #wake = () => {};

  put(item) {
    this.#arrived.push(item);
    this.#wake();
  }

  fail(error) {
    this.#failure = error;
    this.#wake();
  }

  /** The next one, once it is there. */
  async take(what = 'a message') {
    const there = async () => {
      while (this.#taken === this.#arrived.length) {
        if (this.#failure !== null) throw this.#failure;
        await new Promise((resolve) => (this.#wake = resolve));
      }
      return this.#arrived[this.#taken++];
    };
    return within(PATIENCE, what, there());
  }

  /** All up to the first that `isLast`. */
  async takeUntil(isLast, what) {
    const taken = [];
    do {
      taken.push(await this.take(what));
    } while (!isLast(taken.at(-1)));
    return taken;
  }
}

/** Subscribes, and collects what comes. */
export function subscribe(from, payload) {
  const mailbox = new Mailbox();
  const done = new Promise((resolve, reject) => {
    mailbox.stop = from.subscribe(payload, {
      next: (result) => mailbox.put(result),
      error: (error) => {
        mailbox.fail(error);
        reject(error);
      },
      complete: resolve,
    });
  });
  done.catch(() => {});
  mailbox.done = () => within(PATIENCE, 'the end of the operation', done);
  return mailbox;
}

/** One answer over the socket. */
export async function once(from, payload) {
  const mailbox = subscribe(from, payload);
  const result = await mailbox.take('an answer');
  await mailbox.done();
  return result;
}

/** A bare connection. */
export class Talk {
  #socket;
  #mailbox = new Mailbox();

  constructor(server, { protocols = [PROTOCOL], ...options } = {}) {
    this.#socket = new WebSocket(server.socketUrl, protocols, options);
    this.opened = new Promise((resolve, reject) => {
      this.#socket.on('open', resolve);
      this.#socket.on('error', reject);
    });
    this.opened.catch(() => {});
    this.#socket.on('message', (bytes) => this.#mailbox.put(JSON.parse(bytes)));
    const closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => {
        const ending = { code, reason: reason.toString() };
        this.#mailbox.fail(new Error(`closed: ${JSON.stringify(ending)}`));
        resolve(ending);
      });
    });
    this.closed = () => within(PATIENCE, 'the end of the connection', closed);
    this.ponged = new Promise((resolve) => this.#socket.on('pong', resolve));
  }

  /** Sends an object as JSON, or text or bytes as they are. */
  async send(message) {
    await within(PATIENCE, 'the connection', this.opened);
    const isPlain = typeof message === 'string' || Buffer.isBuffer(message);
    this.#socket.send(isPlain ? message : JSON.stringify(message));
  }

  ping() {
    this.#socket.ping();
  }

  hear() {
    return this.#mailbox.take();
  }

  /** Says hello, and waits until the server does. */
  async init(token) {
    const payload = { authorization: `Bearer ${token}` };
    await this.send({ type: 'connection_init', payload });
    return this.hear();
  }

  close(code) {
    this.#socket.close(code);
  }

  /** Lets the connection drop. */
  end() {
    this.#socket.terminate();
  }
}
