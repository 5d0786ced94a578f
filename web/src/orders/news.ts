/** What is shown of orders that change on another page: a line for each order, a few of them, and a sum of the rest. */
import { type Signal, signal } from "@preact/signals";
import type { Change } from "../model";

/** More would hide the page. */
export const MOST = 3;
/** How long a line stays after the order's last change. */
const SHOWN = 7_000;

export interface Line {
  readonly change: Change;
  /** When it goes. */
  readonly until: number;
}

export interface Shown {
  /** The newest last. */
  readonly lines: readonly Line[];
  /** How many orders more changed meanwhile. */
  readonly others: number;
}

const NOTHING: Shown = { lines: [], others: 0 };

export class News {
  readonly shown: Signal<Shown> = signal(NOTHING);
  #others = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #paused = false;

  /** Show some changes. An order that is shown already keeps its place, so that nothing moves under a finger. */
  take(changes: readonly Change[], now = Date.now()): void {
    if (changes.length === 0) return;
    const lines = new Map(this.shown.peek().lines.map((line) => [line.change.orderId, line]));
    for (const change of changes) {
      const { orderId, version } = change;
      if ((lines.get(orderId)?.change.version ?? 0) >= version) continue;
      if (lines.has(orderId) || lines.size < MOST) lines.set(orderId, { change, until: now + SHOWN });
      else this.#others.add(orderId);
    }
    this.shown.value = { lines: [...lines.values()], others: this.#others.size };
    this.#settle(now);
  }

  /** While a person reads or points at them, nothing goes. */
  hold(paused: boolean, now = Date.now()): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (!paused) {
      const { lines, others } = this.shown.peek();
      this.shown.value = { lines: lines.map((line) => ({ ...line, until: now + SHOWN })), others };
    }
    this.#settle(now);
  }

  dismiss(orderId: string): void {
    this.#paused = false; // the button that had the focus is gone
    this.#keep(this.shown.peek().lines.filter((line) => line.change.orderId !== orderId));
  }

  clear(): void {
    this.#keep([]);
  }

  #keep(lines: readonly Line[]): void {
    if (lines.length === 0) this.#others.clear();
    this.shown.value = lines.length === 0 ? NOTHING : { lines, others: this.#others.size };
    this.#settle(Date.now());
  }

  #settle(now: number): void {
    clearTimeout(this.#timer);
    const { lines } = this.shown.peek();
    if (lines.length === 0 || this.#paused) return;
    const next = Math.min(...lines.map((line) => line.until));
    this.#timer = setTimeout(() => this.#keep(this.shown.peek().lines.filter((line) => line.until > next)), next - now);
  }
}
