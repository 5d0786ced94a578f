/** One order, followed in four ways at once; each way by the same follower, so that only the way differs. */
import { type Signal, batch, signal } from "@preact/signals";
import type { AppSync } from "./api/appsync";
import { Companion, LONGEST_WAIT } from "./api/companion";
import { type Traffic, watch } from "./api/network";
import type { Config } from "./config";
import type { State } from "./live/book";
import { Follower, type FollowerOptions } from "./live/follower";
import { atOnce, fixed, quiet } from "./live/rhythm";
import type { Arrival } from "./live/track";
import { isFinal, type Status } from "./model";

export const LANES = ["appsync", "websocket", "longpoll", "poll"] as const;
export type LaneName = (typeof LANES)[number];

export interface Seen {
  readonly version: number;
  readonly status: Status;
  /** Milliseconds from the change's own time to its arrival here. */
  readonly delay: number;
  /** It came together with a later one: nobody saw it as the order's state. */
  readonly late: boolean;
}

export interface LaneView {
  readonly state: State | "idle" | "done";
  readonly seen: readonly Seen[];
  readonly requests: number;
  readonly bytes: number;
  readonly dropped: number;
}

export const IDLE: LaneView = { state: "idle", seen: [], requests: 0, bytes: 0, dropped: 0 };

type Way = Pick<FollowerOptions, "link" | "rhythm" | "history">;

class Lane {
  readonly #follower: Follower;
  /** Whether news comes unasked for: then it can be followed before it is there. */
  readonly pushes: boolean;
  #asked = { requests: 0, bytes: 0 };
  #drawing = false;

  constructor(
    readonly view: Signal<LaneView>,
    private readonly orderId: string,
    way: Way,
    private readonly mine: (traffic: Traffic) => boolean,
  ) {
    this.pushes = way.link !== undefined;
    this.#follower = new Follower({
      ...way,
      onArrivals: (arrivals) => this.#arrived(arrivals),
      onState: (state) => this.#show({ state: this.done ? "done" : state }),
    });
  }

  get done(): boolean {
    const last = this.view.peek().seen.at(-1);
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

  count(traffic: Traffic): void {
    if (!this.mine(traffic)) return;
    this.#asked = { requests: this.#asked.requests + traffic.requests, bytes: this.#asked.bytes + traffic.bytes };
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#show(this.#asked);
    });
  }

  #arrived(arrivals: readonly Arrival[]): void {
    const seen = arrivals.map(({ change, received }, n) => ({
      version: change.version,
      status: change.status,
      delay: Math.max(0, received - Date.parse(change.at)),
      late: n < arrivals.length - 1,
    }));
    this.#show({ seen: [...this.view.peek().seen, ...seen] });
    if (this.done) {
      this.#show({ state: "done" });
      // What is still to come is counted: a frame that comes twice, the end of the subscription.
      setTimeout(() => this.stop(), 500);
    }
  }

  #show(change: Partial<LaneView>): void {
    this.view.value = { ...this.view.peek(), ...change, dropped: this.#follower.dropped };
  }
}

/** Which ways there are here: the companion may not be deployed. */
export const available = (config: Config): Readonly<Record<LaneName, boolean>> => ({
  appsync: true,
  websocket: config.rest !== null && config.websocket !== null,
  longpoll: config.rest !== null,
  poll: config.rest !== null,
});

export class Race {
  readonly views: Readonly<Record<LaneName, Signal<LaneView>>> = {
    appsync: signal(IDLE),
    websocket: signal(IDLE),
    longpoll: signal(IDLE),
    poll: signal(IDLE),
  };
  readonly interval = signal(3_000);
  #lanes: Lane[] = [];
  #unwatch: () => void = () => undefined;

  constructor(
    private readonly api: AppSync,
    private readonly config: Config,
  ) {}

  /** Begin to follow an order that may not be there yet. */
  follow(orderId: string): void {
    this.stop();
    batch(() => {
      for (const name of LANES) this.views[name].value = { ...IDLE, state: available(this.config)[name] ? "connecting" : "idle" };
    });
    this.#lanes = this.#make(orderId);
    this.#unwatch = watch((traffic) => {
      for (const lane of this.#lanes) lane.count(traffic);
    });
    for (const lane of this.#lanes) if (lane.pushes) lane.start();
  }

  /** The order is there: whoever can only ask begins now. */
  submitted(): void {
    for (const lane of this.#lanes) if (!lane.pushes) lane.start();
  }

  /** Return when every lane that waits for a connection is live, or `most` milliseconds have passed. */
  ready(most: number): Promise<void> {
    const began = performance.now();
    return new Promise((resolve) => {
      const look = (): void => {
        const waits = [this.views.appsync, this.views.websocket].some(({ value }) => value.state !== "live" && value.state !== "idle");
        if (!waits || performance.now() - began > most) resolve();
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

  #make(orderId: string): Lane[] {
    const { rest, websocket } = this.config;
    const subscription = new Set<string>();
    const lanes = [
      new Lane(
        this.views.appsync,
        orderId,
        { link: this.api.link(orderId), rhythm: quiet(), history: this.api.laneHistory },
        (traffic) => isOfSubscription(traffic, orderId, subscription),
      ),
    ];
    if (rest === null) return lanes;
    const path = `${rest}/orders/${orderId}`;
    if (websocket !== null) {
      const pushes = new Companion(rest, websocket);
      lanes.push(
        new Lane(
          this.views.websocket,
          orderId,
          { link: pushes.link(orderId), rhythm: quiet(), history: pushes.history },
          ({ url }) => url.startsWith(websocket) || url === `${rest}/ws-tickets` || url.startsWith(`${path}/history`),
        ),
      );
    }
    const interval = fixed(() => this.interval.value);
    lanes.push(
      new Lane(
        this.views.longpoll,
        orderId,
        { rhythm: atOnce(LONGEST_WAIT, () => 250), history: new Companion(rest, null).longPoll },
        ({ url }) => url.startsWith(`${path}?wait=`),
      ),
      new Lane(this.views.poll, orderId, { rhythm: interval, history: new Companion(rest, null).poll }, ({ url }) => url === path),
    );
    return lanes;
  }
}

/** AppSync's connection is the page's own: of its messages, those of this order's subscription count. */
function isOfSubscription({ channel, text }: Traffic, orderId: string, ids: Set<string>): boolean {
  if (channel === "http") return text.includes("LaneHistory") && text.includes(orderId);
  if (text === "" || !text.startsWith("{")) return false;
  const frame = JSON.parse(text) as { id?: unknown; type?: unknown };
  if (typeof frame.id !== "string") return false;
  if (frame.type === "start" && text.includes("OnOrder") && text.includes(orderId)) ids.add(frame.id);
  return ids.has(frame.id);
}
