/** One document that goes on changing: read, then kept by what a subscription brings, and read again when that may lack something. */
import { type Signal, batch, signal } from "@preact/signals";
import { ApiError, type Problem } from "../api/errors";
import type { Open } from "../api/subscription";
import type { State } from "./book";
import type { Versioned } from "./merge";
import { Backoff } from "./rhythm";

export interface WatcherOptions<T extends Versioned, N> {
  readonly read: () => Promise<T>;
  readonly open: Open<N>;
  /** What a read answered, beside what is here already: the newer of the two, or both in one. */
  readonly settle: (current: T | null, answer: T) => T;
  /** Takes news in; null when something between is missing, so that it must be read. */
  readonly merge: (current: T | null, news: N) => T | null;
  /** Whether nothing will change any more. */
  readonly ended?: (value: T) => boolean;
}

/** The last event may be the one that was lost: after so long without news it is read, ever less often. */
const QUIET = 15_000;
const QUIETEST = 60_000;
/** A connection that is lost sooner than this did not work: the next delay goes on growing. */
const STEADY = 5_000;
/** No other try will bring another answer. */
const FINAL: readonly Problem[] = ["staff-only", "off", "not-found", "not-signed-in", "invalid"];

export class Watcher<T extends Versioned, N> {
  readonly value: Signal<T | null> = signal(null);
  readonly state: Signal<State> = signal("connecting");
  /** Why it cannot be read at all; a passing problem is a state. */
  readonly problem: Signal<Problem | null> = signal(null);
  /** `Date.now()` when it last became another version. */
  readonly changedAt: Signal<number> = signal(Date.now());
  readonly #links = new Backoff(200, 10_000);
  readonly #reads = new Backoff(500, 20_000);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #close: (() => void) | null = null;
  #opened = false;
  #connected = false;
  #reading = false;
  /** Counts what makes a read that is under way too old. */
  #epoch = 0;
  #quiet = QUIET;
  readonly #stop = new AbortController();

  constructor(private readonly options: WatcherOptions<T, N>) {}

  start(): this {
    addEventListener("online", this.nudge);
    document.addEventListener("visibilitychange", this.#woken);
    // Whether it may be read at all is known before a subscription is tried.
    void this.#read();
    return this;
  }

  stop(): void {
    this.#stop.abort();
    removeEventListener("online", this.nudge);
    document.removeEventListener("visibilitychange", this.#woken);
    this.#hangUp();
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Take what another call answered, such as a cancellation's. */
  take(answer: T): void {
    this.#set(this.options.settle(this.value.peek(), answer));
  }

  /** The network may be back, or time may have passed unseen: try now. */
  readonly nudge = (): void => {
    if (this.#stopped() || this.#over()) return;
    this.#links.reset();
    this.#reads.reset();
    if (this.#close === null && this.value.peek() !== null) this.#open();
    void this.#read();
  };

  readonly #woken = (): void => {
    if (document.visibilityState === "visible") this.nudge();
  };

  async #read(): Promise<void> {
    this.#unset();
    if (this.#reading || this.#stopped()) return;
    this.#reading = true;
    const epoch = this.#epoch;
    const connected = this.#connected;
    try {
      const answer = await this.options.read();
      this.#reading = false;
      if (this.#stopped()) return;
      this.#reads.reset();
      this.#set(this.options.settle(this.value.peek(), answer));
      if (this.#over()) return;
      if (!this.#opened) this.#open();
      // A read that began before the subscription was live may lack what came in between.
      if (epoch !== this.#epoch) void this.#read();
      else if (connected) this.#calm();
    } catch (error) {
      this.#reading = false;
      if (!this.#stopped()) this.#failed(error instanceof ApiError ? error.problem : "fault");
    }
  }

  #failed(problem: Problem): void {
    if (FINAL.includes(problem)) {
      this.#hangUp();
      this.problem.value = problem;
      return;
    }
    this.state.value = "away";
    this.#unset();
    this.#timer = setTimeout(() => void this.#read(), 500 + this.#reads.next());
  }

  #open(): void {
    clearTimeout(this.#retry);
    this.#opened = true;
    let since = Infinity;
    let over = false;
    const close = this.options.open({
      live: () => {
        if (over) return;
        since = performance.now();
        this.#connected = true;
        this.#epoch += 1;
        if (this.state.peek() !== "connecting") this.state.value = "behind";
        void this.#read();
      },
      pushed: (news) => {
        if (!over) this.#pushed(news);
      },
      lost: () => {
        if (over) return;
        over = true;
        close();
        this.#close = null;
        this.#connected = false;
        this.#epoch += 1;
        this.state.value = "away";
        if (performance.now() - since >= STEADY) this.#links.reset();
        this.#retry = setTimeout(() => this.#open(), 100 + this.#links.next());
        // Until then it is read now and then; a read that is due stays due, however often a connection fails.
        this.#timer ??= setTimeout(() => void this.#read(), this.#quiet);
      },
    });
    this.#close = () => {
      over = true;
      close();
    };
  }

  #pushed(news: N | null): void {
    this.#quiet = QUIET;
    const merged = news === null ? null : this.options.merge(this.value.peek(), news);
    if (merged === null) {
      this.#epoch += 1;
      void this.#read();
      return;
    }
    this.#set(merged);
    if (this.state.peek() === "live" && !this.#over()) this.#listen();
  }

  #set(value: T): void {
    batch(() => {
      if (value.version !== this.value.peek()?.version) this.changedAt.value = Date.now();
      this.value.value = value;
      this.problem.value = null;
      if (this.#over()) this.state.value = "live";
    });
    if (this.#over()) this.#hangUp();
  }

  /** Everything is here, and whatever comes will be pushed. */
  #calm(): void {
    this.state.value = "live";
    this.#listen();
    this.#quiet = Math.min(QUIETEST, this.#quiet * 2);
  }

  #listen(): void {
    this.#unset();
    this.#timer = setTimeout(() => void this.#read(), this.#quiet);
  }

  #unset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #over(): boolean {
    const value = this.value.peek();
    return value !== null && (this.options.ended?.(value) ?? false);
  }

  #hangUp(): void {
    this.#unset();
    clearTimeout(this.#retry);
    this.#close?.();
    this.#close = null;
    this.#opened = false;
    this.#connected = false;
  }
}
