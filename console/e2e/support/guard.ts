/**
 * What no page may do in any test: throw, complain in the console, break the server's content policy,
 * or ask another host than the server and its issuer.
 */

import { expect, type BrowserContext } from '@playwright/test';

const VIOLATION = 'content policy violated:';

export class Guard {
  private readonly complaints: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly hosts: string[];

  private constructor(origins: string[]) {
    this.hosts = origins.map((origin) => new URL(origin).host);
  }

  static async over(context: BrowserContext, origins: string[]): Promise<Guard> {
    const guard = new Guard(origins);
    await context.addInitScript((prefix) => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(prefix, event.violatedDirective, event.blockedURI, event.sourceFile);
      });
    }, VIOLATION);
    context.on('weberror', (error) => guard.complaints.push(`thrown: ${error.error().stack ?? error.error().message}`));
    context.on('console', (message) => {
      if (message.type() === 'error') {
        guard.complaints.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('request', (request) => guard.see(request.url()));
    context.on('page', (page) => page.on('websocket', (socket) => guard.see(socket.url())));
    return guard;
  }

  private see(url: string): void {
    const { protocol, host } = new URL(url);
    const isOutside = ['http:', 'https:', 'ws:', 'wss:'].includes(protocol) && !this.hosts.includes(host);
    if (isOutside) {
      this.complaints.push(`request to a stranger: ${url}`);
    }
  }

  /** Lets pass what a test provokes: a refused request, which the browser tells in its console. */
  expects(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  /** Fails if there was anything to complain about. */
  judge(): void {
    const left = this.complaints.filter((complaint) => !this.expected.some((pattern) => pattern.test(complaint)));
    expect(left, 'what the browser complained about').toEqual([]);
  }
}
