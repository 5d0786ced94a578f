/** All of the visitor's orders, live: one subscription for the whole page, one signal for each order. */
import { type Signal, batch, signal } from "@preact/signals";
import type { AppSync } from "./api/appsync";
import { ApiError, type Problem } from "./api/errors";
import type { State } from "./live/book";
import { Follower } from "./live/follower";
import { quiet } from "./live/rhythm";
import type { Arrival } from "./live/track";
import { type Change, type Item, type Order, type Summary, isFinal } from "./model";

/** As many of the newest orders as the page shows. */
const MOST = 300;

export interface Row extends Summary {
  /** The changes that are known, oldest first, from version 1 without a gap. */
  readonly changes: readonly Change[];
  /** Null until somebody looks at the order itself. */
  readonly items: readonly Item[] | null;
}

export interface Connection {
  readonly state: State;
  /** `performance.now()` of the next try. */
  readonly retryAt: number | null;
}

export class OrderStore {
  /** Ids as they are listed, newest first. */
  readonly listed = signal<readonly string[]>([]);
  /** Orders made elsewhere since: listed when the visitor asks, so that nothing moves under their finger. */
  readonly waiting = signal<readonly string[]>([]);
  readonly loaded = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly connection = signal<Connection>({ state: "connecting", retryAt: null });
  /** The last change, for whoever announces it. */
  readonly latest = signal<Change | null>(null);
  readonly #rows = new Map<string, Signal<Row>>();
  /** Changes of orders of which nothing else is known yet. */
  readonly #orphans = new Map<string, Change[]>();
  readonly #follower: Follower;
  #arrivals: Arrival[] = [];

  constructor(private readonly api: AppSync) {
    this.#follower = new Follower({
      link: api.link(),
      everything: true,
      rhythm: quiet(),
      history: api.history,
      onArrivals: (arrivals) => this.#collect(arrivals),
      onState: (state, retryAt) => {
        this.connection.value = { state, retryAt };
      },
      onLive: () => void this.load(),
    });
  }

  start(): this {
    this.#follower.start();
    // The first look need not wait for the subscription; once that is live it is read again.
    void this.load();
    return this;
  }

  stop(): void {
    this.#follower.stop();
  }

  row(id: string): Signal<Row> | undefined {
    return this.#rows.get(id);
  }

  nudge(): void {
    this.#follower.nudge();
  }

  /** Read the list. */
  async load(): Promise<void> {
    try {
      const found = await this.api.orders(MOST);
      batch(() => {
        for (const summary of found) this.#put(summary);
        this.loaded.value = true;
        this.problem.value = null;
      });
    } catch (error) {
      this.problem.value = error instanceof ApiError ? error.problem : "fault";
    }
  }

  /** Read one order with its items; null when there is none, or it is somebody else's. */
  async find(id: string): Promise<Signal<Row> | null> {
    const order = await this.api.order(id);
    return order && this.take(order);
  }

  /** Take an order as the API answered it. */
  take(order: Order): Signal<Row> {
    return batch(() => {
      const row = this.#put(order, order.items);
      this.#extend(row, order.history);
      this.show();
      return row;
    });
  }

  /** List what has arrived since. */
  show(): void {
    if (this.waiting.value.length === 0) return;
    this.listed.value = this.#sorted([...this.waiting.value, ...this.listed.value]);
    this.waiting.value = [];
  }

  #put(summary: Summary, items: readonly Item[] | null = null): Signal<Row> {
    const { id } = summary;
    const row = this.#rows.get(id);
    if (row) {
      const old = row.peek();
      const newer = summary.version > old.version;
      row.value = { ...(newer ? { ...old, ...summary } : old), items: items ?? old.items, changes: old.changes };
      return row;
    }
    const made = signal<Row>({ ...summary, items, changes: [] });
    this.#rows.set(id, made);
    // What comes with the first look is simply the list; what comes later waits, unless the list is empty.
    if (!this.loaded.peek() || this.listed.peek().length === 0) this.listed.value = this.#sorted([...this.listed.peek(), id]);
    else this.waiting.value = [...this.waiting.peek(), id];
    if (!isFinal(summary.status)) this.#follower.track(id);
    const orphans = this.#orphans.get(id);
    this.#orphans.delete(id);
    // They follow on what the answer's history tells, once that is here.
    if (orphans) queueMicrotask(() => this.#extend(made, orphans));
    return made;
  }

  /** Add changes to what is known; those that do not follow are in the next read. */
  #extend(row: Signal<Row>, changes: readonly Change[]): void {
    const old = row.peek();
    const known = [...old.changes];
    for (const change of changes) if (change.version === known.length + 1) known.push(change);
    const last = known.at(-1);
    if (known.length === old.changes.length || !last) return;
    const newer = last.version >= old.version;
    row.value = {
      ...old,
      changes: known,
      ...(newer ? { status: last.status, version: last.version, updatedAt: last.at, reason: last.reason } : {}),
    };
  }

  /** Many changes may come at once: the page is drawn once for all of them. */
  #collect(arrivals: readonly Arrival[]): void {
    if (this.#arrivals.length === 0) {
      if (document.hidden) setTimeout(this.#flush);
      else requestAnimationFrame(this.#flush);
    }
    this.#arrivals.push(...arrivals);
  }

  readonly #flush = (): void => {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    batch(() => {
      for (const { change, pushed } of arrivals) {
        const row = this.#rows.get(change.orderId);
        if (row) {
          this.#extend(row, [change]);
        } else {
          const orphans = this.#orphans.get(change.orderId);
          this.#orphans.set(change.orderId, [...(orphans ?? []), change]);
          if (!orphans) void this.#ask(change.orderId);
        }
        if (pushed) this.latest.value = change;
      }
    });
  };

  /** An order made in another tab or by another program: a change does not tell what was bought. */
  async #ask(id: string): Promise<void> {
    try {
      const order = await this.api.order(id);
      if (order) batch(() => this.#extend(this.#put(order, order.items), order.history));
    } catch {
      this.#orphans.delete(id); // the next change asks again, and the order's answer has its whole history
    }
  }

  #sorted(ids: readonly string[]): string[] {
    const made = (id: string): string => this.#rows.get(id)?.peek().createdAt ?? "";
    return [...new Set(ids)].sort((a, b) => made(b).localeCompare(made(a)));
  }
}
