/** One order, followed on several channels at once; all by the same follower, so that only the channel differs. */
import { type Signal, batch, signal } from "@preact/signals";
import type { AppSync } from "../api/appsync";
import { watch } from "../api/network";
import type { Channel, ChannelName } from "../channels/channel";
import type { Config } from "../config";
import type { NewOrder } from "../model";
import { IDLE, Lane, type LaneView } from "./lane";

/** Who follows, and where. */
export interface Runner {
  readonly api: AppSync;
  readonly config: Config;
  readonly customerId: string;
}

export class Race {
  /** Milliseconds between two requests of fixed polling. */
  readonly interval = signal(3_000);
  /** When the order was sent, as `Date.now()` has it; null before. */
  readonly start = signal<number | null>(null);
  readonly #views = new Map<ChannelName, Signal<LaneView>>();
  #lanes: Lane[] = [];
  #unwatch: () => void = () => undefined;

  constructor(private readonly runner: Runner) {}

  view(name: ChannelName): Signal<LaneView> {
    let view = this.#views.get(name);
    if (!view) {
      view = signal(IDLE);
      this.#views.set(name, view);
    }
    return view;
  }

  /** Begin to follow an order that may not be there yet, on these channels and no other. */
  follow(order: NewOrder, channels: readonly Channel[]): void {
    this.stop();
    const following = { ...this.runner, order, interval: () => this.interval.value };
    batch(() => {
      this.start.value = null;
      for (const view of this.#views.values()) view.value = IDLE;
      for (const { name } of channels) this.view(name).value = { ...IDLE, state: "connecting" };
    });
    this.#lanes = channels.map(
      (channel) => new Lane(channel.name, this.view(channel.name), order.clientToken, channel.follow(following)),
    );
    this.#unwatch = watch((traffic) => {
      for (const lane of this.#lanes) lane.count(traffic);
    });
    for (const lane of this.#lanes) if (lane.pushes) lane.start();
  }

  /** The order is on its way: time begins. */
  begin(): void {
    this.start.value = Date.now();
  }

  /** Whether some lane has not learned of the order's end. */
  get running(): boolean {
    return this.start.value !== null && this.#lanes.some(({ view }) => view.value.state !== "done");
  }

  /** The order is there: lanes that can only ask begin now. */
  submitted(): void {
    for (const lane of this.#lanes) if (!lane.pushes) lane.start();
  }

  /** Return when every lane with a connection is live, or `most` milliseconds have passed. */
  ready(most: number): Promise<void> {
    const until = performance.now() + most;
    return new Promise((resolve) => {
      const look = (): void => {
        const waits = this.#lanes.some(({ pushes, view }) => pushes && view.value.state !== "live");
        if (!waits || performance.now() > until) resolve();
        else setTimeout(look, 25);
      };
      look();
    });
  }

  stop(): void {
    this.#unwatch();
    for (const lane of this.#lanes) lane.stop();
    this.#lanes = [];
  }
}
