/** The simulated Graph's own door (`simulator/README.md`): what goes wrong, and what was asked. */

/** One fault, as the simulator's README writes it. */
export interface Fault {
  tenant?: string;
  method?: string;
  path?: string;
  query?: string;
  hits?: 'always' | { first: number } | { nth: number } | { after: number } | { every: number };
  effect: string | Record<string, unknown>;
}

export class Simulator {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Replaces all faults. */
  async fail(...faults: Fault[]): Promise<void> {
    const response = await fetch(`${this.url}/__sim/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(faults),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) {
      throw new Error(`the faults were refused: ${await response.text()}`);
    }
  }

  /** Every request is answered this much later: a backup that can be watched. */
  async slowDown(milliseconds: number): Promise<void> {
    await this.fail({ method: 'GET', effect: { delay: { milliseconds } } });
  }

  async recover(): Promise<void> {
    await this.fail();
  }
}
