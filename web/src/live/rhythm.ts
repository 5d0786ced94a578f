/** When an order is read again, in milliseconds: each way has a rhythm of its own. No clock in here. */

export interface Look {
  /** How many delays there were since the last news of the order; 0 when this read brought some. */
  readonly waits: number;
  /** How long the answer took. */
  readonly took: number;
  /** When the server says that it is worth asking again. */
  readonly retryAfter?: number | undefined;
}

/** Says how long to wait after a read that worked. */
export type Rhythm = (look: Look) => number;

const doubled = (base: number, times: number, cap: number): number => Math.min(cap, base * 2 ** Math.min(times, 30));

/** For subscribers: the lost event may have been the last, and then no later one shows the gap. */
export const quiet =
  (base = 5_000, cap = 60_000): Rhythm =>
  ({ waits }) =>
    doubled(base, waits, cap);

/** Always the same interval, which may change while it runs. */
export const fixed =
  (interval: () => number): Rhythm =>
  () =>
    interval();

/**
 * Ask when the server says that it is worth it, and ever less often while nothing happens. Up to half as long
 * again, drawn at random, so that clients that began together do not stay together.
 */
export const growing =
  (base = 1_000, cap = 20_000, draw: () => number = Math.random): Rhythm =>
  ({ waits, retryAfter }) => {
    const first = retryAfter === undefined || retryAfter <= 0 ? base : retryAfter;
    return doubled(first, waits, Math.max(cap, first)) * (1 + draw() / 2);
  };

/**
 * For a server that holds a request until there is news: ask again at once. Not when it answered early
 * with nothing new, as it does for an order that is not there.
 */
export const atOnce =
  (wait: number, otherwise: Rhythm): Rhythm =>
  (look) =>
    look.waits === 0 || look.took >= wait / 2 ? 0 : otherwise(look);

/** Delays between tries, drawn between 0 and a bound that doubles: clients must not march in step. */
export class Backoff {
  #tries = 0;

  constructor(
    private readonly base = 200,
    private readonly cap = 20_000,
    private readonly draw: () => number = Math.random,
  ) {}

  next(): number {
    const bound = doubled(this.base, this.#tries, this.cap);
    this.#tries += 1;
    return this.draw() * bound;
  }

  reset(): void {
    this.#tries = 0;
  }
}
