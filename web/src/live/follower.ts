import type { Change, History } from "../model";
import { Book, type BookEvent, type State } from "./book";
import type { Rhythm } from "./rhythm";
import { Backoff } from "./rhythm";
import type { Arrival } from "./track";

/** What a link reports of one connection. Every call but the first `lost` counts; then nothing more. */
export interface LinkEvents {
  /** What happens from now on will arrive; `histories` is what the server sent meanwhile, if it does. */
  live(histories: readonly History[]): void;
  pushed(change: Change | null): void;
  lost(): void;
}

/** Opens one connection; the function that it returns closes it. */
export type Link = (events: LinkEvents, have: ReadonlyMap<string, number>) => () => void;

export interface FollowerOptions {
  /** Without one there is only reading. */
  readonly link?: Link;
  readonly everything?: boolean;
  readonly rhythm: Rhythm;
  /** Reads what happened after a version; rejects when the server cannot be asked. */
  readonly history: (orderId: string, after: number, signal: AbortSignal) => Promise<History>;
  readonly onArrivals: (arrivals: readonly Arrival[]) => void;
  readonly onState: (state: State, retryAt: number | null) => void;
  /** Called whenever a connection goes live, before histories are read. */
  readonly onLive?: () => void;
}

/** Reads at a time; the others wait for their turn. */
const AT_ONCE = 6;
/** A connection that is lost sooner than this did not work: the next delay goes on growing. */
const STEADY = 5_000;

/** Follow some orders, or all of one's own: every version once and in order, whatever the network does. */
export class Follower {
  readonly #book: Book;
  readonly #backoff = new Backoff(200, 10_000);
  readonly #abort = new AbortController();
  #reading = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #close: (() => void) | null = null;
  #stopped = false;
  #shown = "";

  constructor(private readonly options: FollowerOptions) {
    this.#book = new Book(options.link !== undefined, options.rhythm, options.everything);
  }

  get dropped(): number {
    return this.#book.dropped;
  }

  start(): this {
    addEventListener("online", this.nudge);
    addEventListener("offline", this.#settleLater);
    document.addEventListener("visibilitychange", this.#woken);
    this.#open();
    this.#settle();
    return this;
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener("online", this.nudge);
    removeEventListener("offline", this.#settleLater);
    document.removeEventListener("visibilitychange", this.#woken);
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    this.#abort.abort();
    this.#close?.();
  }

  track(orderId: string): void {
    this.#book.track(orderId);
    this.#settle();
  }

  /** The network may be back, or time may have passed unseen: try now, and read again. */
  readonly nudge = (): void => {
    if (this.#stopped) return;
    this.#backoff.reset();
    if (this.options.link && this.#close === null) this.#open();
    this.#book.readSoon();
    this.#settle();
  };

  readonly #settleLater = (): void => this.#settle();

  readonly #woken = (): void => {
    if (document.visibilityState === "visible") this.nudge();
  };

  #open(): void {
    const { link } = this.options;
    if (!link || this.#stopped) return;
    clearTimeout(this.#retry);
    let over = false;
    let since = Infinity;
    const close = link(
      {
        live: (histories) => {
          if (over) return;
          since = performance.now();
          this.options.onLive?.();
          this.#take({ kind: "up", histories });
        },
        pushed: (change) => {
          if (!over) this.#take({ kind: "pushed", change });
        },
        lost: () => {
          if (over) return;
          over = true;
          this.#close?.();
          this.#close = null;
          if (performance.now() - since >= STEADY) this.#backoff.reset();
          const retryIn = this.#backoff.next();
          this.#retry = setTimeout(() => this.#open(), retryIn);
          this.#take({ kind: "down", retryIn });
        },
      },
      this.#book.open,
    );
    this.#close = () => {
      over = true;
      close();
    };
  }

  #take(event: BookEvent): void {
    if (this.#stopped) return;
    const arrivals = this.#book.take(event, performance.now(), Date.now());
    if (arrivals.length > 0) this.options.onArrivals(arrivals);
    this.#settle();
  }

  #settle(): void {
    if (this.#stopped) return;
    const { state, retryAt } = this.#book;
    const shown = `${state} ${String(retryAt)} ${navigator.onLine ? "" : "offline"}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.options.onState(state, retryAt);
    }
    for (const { track, epoch } of this.#book.beginReads(performance.now(), AT_ONCE - this.#reading)) {
      void this.#read(track.orderId, track.merge.version, epoch);
    }
    clearTimeout(this.#timer);
    const due = this.#book.nextDue();
    if (due !== null && this.#reading < AT_ONCE) {
      this.#timer = setTimeout(() => this.#settle(), Math.max(0, due - performance.now()));
    }
  }

  async #read(orderId: string, after: number, epoch: number): Promise<void> {
    this.#reading += 1;
    const start = performance.now();
    let history: History | null = null;
    try {
      history = await this.options.history(orderId, after, this.#abort.signal);
    } catch {
      // Whatever it was: ask again, later and later; the state tells that it does not go well.
    } finally {
      this.#reading -= 1;
    }
    this.#take({ kind: "read", orderId, epoch, took: performance.now() - start, history });
  }
}
