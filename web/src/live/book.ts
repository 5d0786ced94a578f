import type { Change, History } from "../model";
import { Backoff, type Rhythm } from "./rhythm";
import { type Arrival, Track } from "./track";

/**
 * How current a follower is: `connecting` at first; `live` when it is subscribed and has read everything up
 * to now; `behind` while it reads what may be missing; `away` when the connection is lost.
 */
export type State = "connecting" | "live" | "behind" | "away";

export type BookEvent =
  | { readonly kind: "up"; readonly histories: readonly History[] }
  | { readonly kind: "down"; readonly retryIn: number }
  /** An event arrived; without a change when it could not be read, or when something may have been missed. */
  | { readonly kind: "pushed"; readonly change: Change | null }
  | {
      readonly kind: "read";
      readonly orderId: string;
      readonly epoch: number;
      readonly took: number;
      /** Null when the server could not be asked. */
      readonly history: History | null;
    };

/**
 * The follower's bookkeeping: takes events, says what to hand out and what to read. No input, no output, no
 * clock: a port of `clients/book.py`, whose rules it keeps.
 *
 * 1. Subscribe and wait until the subscription is live, 2. only then read each order's history, so that
 * nothing can fall between the two, 3. merge by version, 4. on a gap, and now and then when it is quiet, read
 * again, 5. the same after every reconnect.
 */
export class Book {
  state: State;
  /** When the next try is, for who is away. */
  retryAt: number | null = null;
  readonly #tracks = new Map<string, Track>();
  #connected: boolean;
  #lost = false;
  #epoch = 0;

  /** `pushed`: news comes by a link; else there is only reading. `everything`: take orders not tracked yet. */
  constructor(
    private readonly pushes: boolean,
    private readonly rhythm: Rhythm,
    private readonly everything = false,
  ) {
    this.#connected = !pushes;
    this.state = pushes ? "connecting" : "behind";
  }

  /** How many changes came that were there already. */
  get dropped(): number {
    let sum = 0;
    for (const track of this.#tracks.values()) sum += track.merge.dropped;
    return sum;
  }

  /** The orders that are not final, with the version handed out last. */
  get open(): Map<string, number> {
    return new Map(this.#open().map((track) => [track.orderId, track.merge.version]));
  }

  get finished(): boolean {
    return !this.everything && this.#open().length === 0;
  }

  track(orderId: string): void {
    if (!this.#tracks.has(orderId)) this.#tracks.set(orderId, new Track(orderId));
    this.#settle();
  }

  /** Take one event; return what is to be handed out, in order. */
  take(event: BookEvent, now: number, received: number): Arrival[] {
    const arrivals = this.#take(event, now, received);
    this.#settle();
    return arrivals;
  }

  /** Return the orders to read now, with what to report with the outcome. */
  beginReads(now: number, most: number): { track: Track; epoch: number }[] {
    if (this.state === "connecting") return []; // going live asks for every history anyway
    const due = this.#open()
      .filter((track) => !track.reading && track.due <= now)
      .slice(0, most);
    for (const track of due) track.reading = true;
    return due.map((track) => ({ track, epoch: this.#epoch }));
  }

  /** When `beginReads` has something next, unless an event comes before; null for never. */
  nextDue(): number | null {
    if (this.state === "connecting") return null;
    const times = this.#open()
      .filter((track) => !track.reading)
      .map((track) => track.due);
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** Read every order that is open as soon as may be. */
  readSoon(): void {
    for (const track of this.#open()) track.due = 0;
  }

  #take(event: BookEvent, now: number, received: number): Arrival[] {
    switch (event.kind) {
      case "up": {
        this.#connected = true;
        this.#lost = false;
        this.#epoch += 1;
        const arrivals: Arrival[] = [];
        for (const track of this.#open()) if (!track.synced) track.due = 0;
        for (const history of event.histories) {
          const track = this.#tracks.get(history.orderId);
          if (track) arrivals.push(...track.read(history, this.rhythm, now, received, 0, true));
        }
        return arrivals;
      }
      case "down":
        this.#connected = false;
        this.#lost = true;
        this.retryAt = now + event.retryIn;
        for (const track of this.#open()) track.synced = false;
        return [];
      case "pushed":
        if (event.change === null) {
          this.readSoon();
          return [];
        }
        return this.#changed(event.change, now, received);
      case "read":
        return this.#wasRead(event, now, received);
    }
  }

  #changed(change: Change, now: number, received: number): Arrival[] {
    let track = this.#tracks.get(change.orderId);
    if (!track) {
      if (!this.everything) return [];
      track = new Track(change.orderId);
      track.synced = true;
      this.#tracks.set(change.orderId, track);
    }
    return track.pushed(change, now, received);
  }

  #wasRead(done: Extract<BookEvent, { kind: "read" }>, now: number, received: number): Arrival[] {
    const track = this.#tracks.get(done.orderId);
    if (!track) return [];
    track.reading = false;
    // A read that began before the connection went live may lack what was published in between.
    const current = this.#connected && done.epoch === this.#epoch;
    let arrivals: Arrival[] = [];
    if (done.history) {
      if (!this.pushes) this.#lost = false;
      arrivals = track.read(done.history, this.rhythm, now, received, done.took, current);
    } else {
      const backoff = new Backoff(200 * 2 ** Math.min(track.faults, 7), 20_000);
      const delay = 100 + backoff.next();
      track.unread(delay, now);
      if (!this.pushes) {
        this.#lost = true;
        this.retryAt = now + delay;
      }
    }
    if (this.#connected && !current && !track.synced) track.due = now;
    return arrivals;
  }

  #settle(): void {
    if (!this.#connected) this.state = this.#lost ? "away" : "connecting";
    else if (this.#lost) this.state = "away";
    else this.state = this.#open().some((track) => track.behind) ? "behind" : "live";
    if (this.state !== "away") this.retryAt = null;
  }

  #open(): Track[] {
    return [...this.#tracks.values()].filter((track) => !track.done);
  }
}
