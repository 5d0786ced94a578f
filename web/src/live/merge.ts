/**
 * Every version once and in order, however the changes come: late, twice or out of order.
 *
 * What lies beyond a gap is held until the gap is filled.
 */
export interface Versioned {
  readonly version: number;
}

export class Merge<T extends Versioned> {
  readonly #pending = new Map<number, T>();
  #dropped = 0;

  /** `version` is the last one handed out; 0 for none. */
  constructor(public version = 0) {}

  /** How many offers were of a version that was there already. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether something is held because a version before it is missing. */
  get gap(): boolean {
    return this.#pending.size > 0;
  }

  /** Take what arrived; return what is next, oldest first, each version once in the merge's life. */
  offer(arrivals: Iterable<T>): T[] {
    for (const arrival of arrivals) {
      if (arrival.version <= this.version || this.#pending.has(arrival.version)) this.#dropped += 1;
      else this.#pending.set(arrival.version, arrival);
    }
    const ready: T[] = [];
    for (let next = this.#pending.get(this.version + 1); next; next = this.#pending.get(this.version + 1)) {
      this.version = next.version;
      this.#pending.delete(next.version);
      ready.push(next);
    }
    return ready;
  }
}
