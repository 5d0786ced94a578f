/** Everyone's orders, read page by page from each status' own list, and shown as one list by time. */
import { batch, signal } from "@preact/signals";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { STATUSES, type Status, type Summary } from "../model";
import type { BoardPage } from "./document";

const PAGE = 25;

/** How far one status' list has been read. */
interface Place {
  /** Null when there is no more. */
  readonly cursor: string | null;
  /** The times of the newest and of the oldest order of what was read without a gap. */
  readonly from: string;
  readonly until: string;
}

export class Board {
  readonly loaded = signal(false);
  readonly busy = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly #places = signal<ReadonlyMap<Status, Place>>(new Map());

  /** `add` takes orders into the list. */
  constructor(
    private readonly api: Pick<AppSync, "allOrders">,
    private readonly add: (orders: readonly Summary[]) => void,
  ) {}

  /** Read the newest of each status, again after a connection was lost; what was read further stays. */
  async load(): Promise<void> {
    await this.#read(new Map(STATUSES.map((status) => [status, null])));
  }

  /** Read on in some statuses. */
  async more(statuses: readonly Status[]): Promise<void> {
    const places = this.#places.peek();
    const next = statuses.map((status) => [status, places.get(status)?.cursor ?? null] as const);
    await this.#read(new Map(next.filter(([, cursor]) => cursor !== null)));
  }

  /** Orders that are older may be missing among those of these statuses; null when none is. */
  horizon(statuses: readonly Status[]): string | null {
    const open = statuses.flatMap((status) => this.#places.value.get(status) ?? []).filter(({ cursor }) => cursor !== null);
    return open.length === 0 ? null : open.map(({ until }) => until).reduce((a, b) => (a > b ? a : b));
  }

  async #read(cursors: ReadonlyMap<Status, string | null>): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    try {
      const pages = await this.api.allOrders(cursors, PAGE);
      batch(() => {
        this.#keep(pages, cursors);
        this.add([...pages.values()].flatMap(({ orders }) => orders));
        this.loaded.value = true;
        this.problem.value = null;
      });
    } catch (error) {
      this.problem.value = error instanceof ApiError ? error.problem : "fault";
    } finally {
      this.busy.value = false;
    }
  }

  #keep(pages: ReadonlyMap<Status, BoardPage>, cursors: ReadonlyMap<Status, string | null>): void {
    const places = new Map(this.#places.peek());
    for (const [status, { orders, nextToken }] of pages) {
      const before = places.get(status);
      const from = orders[0]?.createdAt ?? "";
      const until = orders.at(-1)?.createdAt ?? "";
      const again = cursors.get(status) === null;
      if (before && !again) places.set(status, { ...before, cursor: nextToken, until: until === "" ? before.until : until });
      // The newest were read again: as far as before, if no more came meanwhile than a page holds.
      else if (before && nextToken !== null && until <= before.from) places.set(status, { ...before, from });
      else places.set(status, { cursor: nextToken, from, until });
    }
    this.#places.value = places;
  }
}
