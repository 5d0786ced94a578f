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
/** So much is drawn in one frame at most, however much arrives: the page must not stutter. */
const PER_FRAME = 15;
/** Events that overtake each other are read after within this: it is no state worth telling anybody. */
const GRACE = 1_000;
/** So many unknown orders are asked for one by one; more are found in the list at once. */
const FEW = 3;
const PAGE = 100;

export interface Row extends Summary {
  /** The changes that are known, oldest first; all of them once somebody has looked at the order itself. */
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
  #discovering = false;
  #calm: ReturnType<typeof setTimeout> | undefined;
  #arrivals: Arrival[] = [];

  constructor(private readonly api: AppSync) {
    this.#follower = new Follower({
      link: api.link(),
      everything: true,
      rhythm: quiet(),
      history: api.history,
      onArrivals: (arrivals) => this.#collect(arrivals),
      onState: (state, retryAt) => this.#showState({ state, retryAt }),
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
        this.#putAll(found);
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
      const row = this.#whole(order);
      this.show();
      return row;
    });
  }

  #whole(order: Order): Signal<Row> {
    const fresh = !this.#rows.has(order.id);
    const row = this.#put(order, order.items);
    this.#extend(row, order.history);
    if (fresh) this.#list([order.id]);
    return row;
  }

  /** List what has arrived since. */
  show(): void {
    const waiting = this.#sorted(this.waiting.peek());
    if (waiting.length === 0) return;
    batch(() => {
      // From the oldest on, so that each is at the top when it comes.
      this.listed.value = this.#sorted([...waiting.slice(-PER_FRAME), ...this.listed.peek()]);
      this.waiting.value = waiting.slice(0, -PER_FRAME);
    });
    if (this.waiting.peek().length > 0) nextFrame(() => this.show());
  }

  /** Take what is known of some orders; those that are new are listed, or wait to be. */
  #putAll(summaries: readonly Summary[]): void {
    const fresh: string[] = [];
    for (const summary of summaries) {
      if (!this.#rows.has(summary.id)) fresh.push(summary.id);
      this.#put(summary);
    }
    this.#list(fresh);
  }

  #put(summary: Summary, items: readonly Item[] | null = null): Signal<Row> {
    const { id } = summary;
    const row = this.#rows.get(id);
    if (row) {
      const old = row.peek();
      if (summary.version > old.version) row.value = { ...old, ...summary, items: items ?? old.items, changes: old.changes };
      else if (items && !old.items) row.value = { ...old, items };
      return row;
    }
    const made = signal<Row>({ ...summary, items, changes: [] });
    this.#rows.set(id, made);
    if (!isFinal(summary.status)) this.#follower.track(id);
    this.#extend(made, this.#orphans.get(id) ?? []);
    this.#orphans.delete(id);
    return made;
  }

  /** What comes with the first look is simply the list; what comes later waits, unless the list is empty. */
  #list(fresh: readonly string[]): void {
    if (fresh.length === 0) return;
    const waits = this.loaded.peek() && this.listed.peek().length > 0;
    const list = waits ? this.waiting : this.listed;
    list.value = this.#sorted([...list.peek(), ...fresh]);
  }

  /** Add changes to what is known, each version once. */
  #extend(row: Signal<Row>, changes: readonly Change[]): void {
    const old = row.peek();
    const known = new Map(old.changes.map((change) => [change.version, change]));
    for (const change of changes) known.set(change.version, change);
    if (known.size === old.changes.length) return;
    const sorted = [...known.values()].sort((a, b) => a.version - b.version);
    const last = sorted.at(-1);
    const news = last && last.version > old.version;
    row.value = {
      ...old,
      changes: sorted,
      ...(news ? { status: last.status, version: last.version, updatedAt: last.at, reason: last.reason } : {}),
    };
  }

  #showState(next: Connection): void {
    clearTimeout(this.#calm);
    const show = (): void => {
      this.connection.value = next;
    };
    if (next.state === "behind" && this.connection.peek().state === "live") this.#calm = setTimeout(show, GRACE);
    else show();
  }

  /** Many changes may come at once: the page is drawn once for all of them. */
  #collect(arrivals: readonly Arrival[]): void {
    if (this.#arrivals.length === 0) nextFrame(this.#flush);
    this.#arrivals.push(...arrivals);
  }

  readonly #flush = (): void => {
    const arrivals = this.#arrivals.splice(0, PER_FRAME);
    if (this.#arrivals.length > 0) nextFrame(this.#flush);
    batch(() => {
      for (const { change, pushed } of arrivals) {
        const row = this.#rows.get(change.orderId);
        if (row) this.#extend(row, [change]);
        else this.#adopt(change);
        if (pushed) this.latest.value = change;
      }
    });
  };

  /** A change of an order that was made elsewhere: it does not tell what was bought. */
  #adopt(change: Change): void {
    this.#orphans.set(change.orderId, [...(this.#orphans.get(change.orderId) ?? []), change]);
    if (!this.#discovering) void this.#discover();
  }

  async #discover(): Promise<void> {
    this.#discovering = true;
    try {
      while (this.#orphans.size > 0) {
        const before = this.#orphans.size;
        if (before > FEW) {
          const found = await this.api.orders(PAGE);
          batch(() => this.#putAll(found));
        }
        // The list is a moment behind the orders themselves: the rest is asked for by name.
        if (this.#orphans.size <= FEW || this.#orphans.size === before) {
          for (const id of [...this.#orphans.keys()].slice(0, FEW)) await this.#ask(id);
        }
      }
    } catch {
      // The next change asks again, or the list that is read once the connection is back.
    } finally {
      this.#discovering = false;
    }
  }

  async #ask(id: string): Promise<void> {
    const order = await this.api.order(id);
    if (order) batch(() => this.#whole(order));
    this.#orphans.delete(id);
  }

  #sorted(ids: readonly string[]): string[] {
    const made = (id: string): string => this.#rows.get(id)?.peek().createdAt ?? "";
    // The instants are of one form, so that they compare as text.
    return [...new Set(ids)].sort((a, b) => (made(a) < made(b) ? 1 : made(a) > made(b) ? -1 : 0));
  }
}

/** A page that nobody sees draws no frames. */
function nextFrame(work: () => void): void {
  if (document.hidden) setTimeout(work);
  else requestAnimationFrame(work);
}
