import { type Change, type History, isFinal } from "../model";
import { Merge } from "./merge";
import type { Rhythm } from "./rhythm";

/** Events overtake each other by milliseconds: so long a gap may close by itself. */
const GAP_GRACE = 100;
const QUIET = 5_000;

/** A change, when it reached this client, and whether it came unasked for. */
export interface Arrival {
  readonly change: Change;
  readonly version: number;
  readonly pushed: boolean;
  /** `Date.now()` of its arrival. */
  readonly received: number;
}

/** What a follower knows of one order: what was handed out, and when its history must be read again. */
export class Track {
  /** When history is to be read next, on the follower's clock. */
  due = 0;
  /** Whether history was read since the subscription went live. */
  synced = false;
  reading = false;
  done = false;
  faults = 0;
  readonly merge: Merge<Arrival>;
  #waits = 0;

  constructor(
    readonly orderId: string,
    after = 0,
  ) {
    this.merge = new Merge(after);
  }

  /** Whether something may be missing. */
  get behind(): boolean {
    return !this.done && (!this.synced || this.merge.gap);
  }

  /** Take an event of the subscription; return what may be handed out. */
  pushed(change: Change, now: number, received: number): Arrival[] {
    const arrivals = this.#offer([{ change, version: change.version, pushed: true, received }]);
    this.#waits = 1;
    this.due = this.behind ? Math.min(this.due, now + GAP_GRACE) : now + QUIET;
    return arrivals;
  }

  /** Take what a read found; `current` when it began after the subscription went live. */
  read(history: History, rhythm: Rhythm, now: number, received: number, took: number, current: boolean): Arrival[] {
    const arrivals = this.#offer(
      history.changes.map((change) => ({ change, version: change.version, pushed: false, received })),
    );
    this.faults = 0;
    if (history.version > this.merge.version) {
      this.due = now + GAP_GRACE; // the answer contradicts itself: ask again
      return arrivals;
    }
    this.synced ||= current;
    const waits = arrivals.length > 0 ? 0 : this.#waits;
    this.#waits = waits + 1;
    this.due = now + (this.merge.gap ? GAP_GRACE : rhythm({ waits, took, retryAfter: history.retryAfter }));
    return arrivals;
  }

  /** Note that a read failed. */
  unread(delay: number, now: number): void {
    this.faults += 1;
    this.due = now + delay;
  }

  #offer(offers: Arrival[]): Arrival[] {
    const ready = this.merge.offer(offers);
    this.done ||= ready.some((arrival) => isFinal(arrival.change.status));
    return ready;
  }
}
