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
  /** Milliseconds from the change's own time to its arrival here. */
  readonly delay: number;
  /** It came together with a later one: nobody saw it as the order's state. */
  readonly late: boolean;
}

export interface LaneView {
  readonly state: State | "idle" | "done";
  readonly receipts: readonly Receipt[];
  readonly requests: number;
  readonly bytes: number;
  readonly dropped: number;
}

export const IDLE: LaneView = { state: "idle", receipts: [], requests: 0, bytes: 0, dropped: 0 };

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
      onState: (state) => this.#show({ state: this.done ? "done" : state }),
    });
  }

  get done(): boolean {
    const last = this.view.peek().receipts.at(-1);
    return last !== undefined && isFinal(last.status);
  }

  start(): void {
    // Not before: whoever tracks an order reads it at once.
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

  #receive(arrivals: readonly Arrival[]): void {
    const receipts = arrivals.map(({ change, received }, n) => ({
      version: change.version,
      status: change.status,
      delay: Math.max(0, received - Date.parse(change.at)),
      late: n < arrivals.length - 1,
    }));
    this.#show({ receipts: [...this.view.peek().receipts, ...receipts] });
    if (this.done) {
      this.#show({ state: "done" });
      setTimeout(() => this.stop(), LINGER);
    }
  }

  #show(change: Partial<LaneView>): void {
    this.view.value = { ...this.view.peek(), ...change, dropped: this.#follower.dropped };
  }
}
