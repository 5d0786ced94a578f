/** The visitor's orders, for staff everyone's, live: one subscription for the whole page, a signal for each order. */
import { type Signal, batch, signal } from "@preact/signals";
import type { AppSync } from "./api/appsync";
import { ApiError, type Problem } from "./api/errors";
import type { State } from "./live/book";
import { Follower } from "./live/follower";
import { quiet } from "./live/rhythm";
import type { Arrival } from "./live/track";
import { type Change, type Item, type Order, type Status, type Summary, isFinal } from "./model";
import { Board } from "./orders/board";
import { type Row, extended, merged } from "./orders/row";
import { View } from "./orders/view";

/** As many of the newest orders as the page shows. */
const MOST = 300;
/** So much is drawn in one frame at most, however much arrives: the page must not stutter. */
const PER_FRAME = 15;
/** Events that overtake each other are read after within this: it is not worth a message. */
const GRACE = 1_000;
/** So many unknown orders are asked for one by one; more are found in the list at once. */
const FEW = 3;
const PAGE = 100;

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
  /** What was pushed last, for all that announce it. */
  readonly news = signal<readonly Change[]>([]);
  /** What the lists show: the visitor's own, and everyone's. */
  readonly mine = new View();
  readonly all = new View();
  readonly board: Board;
  readonly #rows = new Map<string, Signal<Row>>();
  /** Changes of orders of which nothing else is known yet. */
  readonly #orphans = new Map<string, Change[]>();
  readonly #follower: Follower;
  #discovering = false;
  #calm: ReturnType<typeof setTimeout> | undefined;
  #arrivals: Arrival[] = [];

  /** `everyone`: the orders of all customers, for staff. */
  constructor(
    private readonly api: AppSync,
    readonly everyone = false,
  ) {
    this.board = new Board(api, (orders) => this.#putAll(orders, true));
    this.#follower = new Follower({
      link: everyone ? api.linkToAll() : api.link(),
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

  /** Whether an order is this visitor's: customers know of no others. */
  isOwn(id: string, visitor: string): boolean {
    return !this.everyone || this.#rows.get(id)?.peek().customerId === visitor;
  }

  nudge(): void {
    this.#follower.nudge();
  }

  /** Read the list. */
  async load(): Promise<void> {
    try {
      const page = await this.api.orders(MOST);
      batch(() => {
        this.#putAll(page);
        this.loaded.value = true;
        this.problem.value = null;
      });
    } catch (error) {
      this.problem.value = error instanceof ApiError ? error.problem : "fault";
    }
  }

  /** Read one order with its items; null when there is none, or it belongs to another customer. */
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

  /** Take what is known of some orders; those that are new are listed `now`, or wait to be. */
  #putAll(summaries: readonly Summary[], now = false): void {
    const fresh: string[] = [];
    for (const summary of summaries) {
      if (!this.#rows.has(summary.id)) fresh.push(summary.id);
      this.#put(summary);
    }
    this.#list(fresh, now);
  }

  #put(summary: Summary, items: readonly Item[] | null = null): Signal<Row> {
    const { id } = summary;
    const row = this.#rows.get(id);
    if (row) {
      row.value = merged(row.peek(), summary, items);
      return row;
    }
    const added = signal<Row>({ ...summary, items, changes: [] });
    this.#rows.set(id, added);
    if (!isFinal(summary.status)) this.#follower.track(id);
    this.#extend(added, this.#orphans.get(id) ?? []);
    this.#orphans.delete(id);
    return added;
  }

  /** What comes with the first look is simply the list; what comes later waits, unless the list is empty. */
  #list(fresh: readonly string[], now = false): void {
    if (fresh.length === 0) return;
    const waits = !now && this.loaded.peek() && this.listed.peek().length > 0;
    const list = waits ? this.waiting : this.listed;
    list.value = this.#sorted([...list.peek(), ...fresh]);
  }

  #extend(row: Signal<Row>, changes: readonly Change[]): void {
    row.value = extended(row.peek(), changes);
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
      for (const { change } of arrivals) {
        const row = this.#rows.get(change.orderId);
        if (row) this.#extend(row, [change]);
        else this.#adopt(change);
      }
      const news = arrivals.flatMap(({ change, pushed }) => (pushed ? [change] : []));
      if (news.length > 0) this.news.value = news;
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
          const newest = await this.#newest();
          batch(() => this.#putAll(newest));
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

  /** The newest orders among which the unknown ones may be. */
  async #newest(): Promise<readonly Summary[]> {
    if (!this.everyone) return this.api.orders(PAGE);
    const statuses = [...this.#orphans.values()].flatMap((changes) => changes.at(-1)?.status ?? []);
    const pages = await this.api.allOrders(new Map(statuses.map((status: Status) => [status, null])), PAGE);
    return [...pages.values()].flatMap(({ orders }) => orders);
  }

  async #ask(id: string): Promise<void> {
    const order = await this.api.order(id);
    if (order) batch(() => this.#whole(order));
    this.#orphans.delete(id);
  }

  #sorted(ids: readonly string[]): string[] {
    const createdAt = (id: string): string => this.#rows.get(id)?.peek().createdAt ?? "";
    // The instants are of one form, so that they compare as text.
    return [...new Set(ids)].sort((a, b) => (createdAt(a) < createdAt(b) ? 1 : createdAt(a) > createdAt(b) ? -1 : 0));
  }
}

/** A hidden page draws no frames. */
function nextFrame(work: () => void): void {
  if (document.hidden) setTimeout(work);
  else requestAnimationFrame(work);
}
