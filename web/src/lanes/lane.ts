/** One order on one channel: what its client learned of it and when, and what that took. */
import type { Signal } from "@preact/signals";
import type { Traffic } from "../api/network";
import type { ChannelName, Way } from "../channels/channel";
import type { State } from "../live/book";
import { Follower } from "../live/follower";
import type { Arrival } from "../live/track";
import { isFinal, type Status } from "../model";

export interface Receipt {
  readonly version: number;
  readonly status: Status;
  /** The change's own time, and that of its arrival here, as `Date.now()` has them. */
  readonly at: number;
  readonly received: number;
  /** Milliseconds between the two. */
  readonly delay: number;
  /** It came together with a later one: it was never shown as the order's state. */
  readonly late: boolean;
}

/** A time without a connection; it lasts where `to` is null. */
export interface Gap {
  readonly from: number;
  readonly to: number | null;
}

export interface LaneView {
  readonly state: State | "idle" | "done";
  /** Whether it has been connected at all, or has had an answer. */
  readonly connected: boolean;
  readonly gaps: readonly Gap[];
  readonly receipts: readonly Receipt[];
  readonly requests: number;
  readonly bytes: number;
  readonly dropped: number;
}

export const IDLE: LaneView = { state: "idle", connected: false, gaps: [], receipts: [], requests: 0, bytes: 0, dropped: 0 };

/** The same gaps, the last one over. */
const closed = (gaps: readonly Gap[], now: number): Gap[] => gaps.map((gap) => (gap.to === null ? { ...gap, to: now } : gap));

/** What is still to come after the last change is counted: a frame that comes twice, the end of a subscription. */
const LINGER = 500;

export class Lane {
  readonly #follower: Follower;
  /** Whether news is pushed: then the order can be followed before it is there. */
  readonly pushes: boolean;
  #spent = { requests: 0, bytes: 0 };
  #drawing = false;

  constructor(
    readonly name: ChannelName,
    readonly view: Signal<LaneView>,
    private readonly orderId: string,
    private readonly way: Way,
  ) {
    this.pushes = way.link !== undefined;
    this.#follower = new Follower({
      ...way,
      onArrivals: (arrivals) => this.#receive(arrivals),
      onState: (state) => this.#enter(state),
    });
  }

  get done(): boolean {
    const last = this.view.peek().receipts.at(-1);
    return last !== undefined && isFinal(last.status);
  }

  start(): void {
    // Not before: a tracker of an order reads it at once.
    this.#follower.track(this.orderId);
    this.#follower.start();
  }

  stop(): void {
    this.#follower.stop();
  }

  /** Count traffic that is this lane's. */
  count(traffic: Traffic): void {
    if (traffic.tag === "" ? !this.way.owns?.(traffic) : traffic.tag !== this.name) return;
    this.#spent = { requests: this.#spent.requests + traffic.requests, bytes: this.#spent.bytes + traffic.bytes };
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#show(this.#spent);
    });
  }

  #enter(state: State): void {
    if (this.done) {
      this.#show({ state: "done" });
      return;
    }
    const { connected, gaps } = this.view.peek();
    const open = gaps.at(-1)?.to === null;
    const away = state === "connecting" || state === "away";
    const now = Date.now();
    this.#show({
      state,
      connected: connected || (this.pushes && !away),
      gaps: away === open ? gaps : away ? [...gaps, { from: now, to: null }] : closed(gaps, now),
    });
  }

  #receive(arrivals: readonly Arrival[]): void {
    const receipts = arrivals.map(({ change, received }, n) => {
      const at = Date.parse(change.at);
      return { version: change.version, status: change.status, at, received, delay: Math.max(0, received - at), late: n < arrivals.length - 1 };
    });
    const view = this.view.peek();
    // A poller is connected when it is answered; a subscriber may read the history without a connection.
    this.#show({ receipts: [...view.receipts, ...receipts], connected: view.connected || !this.pushes });
    if (this.done) {
      this.#show({ state: "done", gaps: closed(this.view.peek().gaps, Date.now()) });
      setTimeout(() => this.stop(), LINGER);
    }
  }

  #show(change: Partial<LaneView>): void {
    this.view.value = { ...this.view.peek(), ...change, dropped: this.#follower.dropped };
  }
}
