/** Server-Sent Events: one response for each order that goes on, and begins with what was missed. */
import { idToken } from "../api/session";
import type { LinkEvents } from "../live/follower";
import { quiet } from "../live/rhythm";
import { type Change, readChange } from "../model";
import type { Channel } from "./channel";
import type { StreamEvent } from "./event-stream";
import { streamLink } from "./stream";

/** The order's version when the stream began: what leads up to it comes at once. */
const VERSION_HEADER = "Orderwire-Version";
/** Seconds that the server may wait for an order that is not there yet. */
const WAIT_S = 300;

export const sse: Channel = {
  name: "sse",
  absence: (config) => (config.sse === null ? "off" : null),
  follow: ({ api, config, order: { clientToken: orderId } }) => {
    const history = api.historyOf("sse");
    const url = `${(config.sse ?? "").replace(/\/$/, "")}/orders/${encodeURIComponent(orderId)}/events?wait=${WAIT_S}`;
    let past: Past | null = null;
    return {
      link: streamLink({
        name: "sse",
        request: async (fresh, have) => {
          const version = have.get(orderId) ?? 0;
          past = new Past(orderId, version);
          const headers: Record<string, string> = { Authorization: `Bearer ${await idToken(fresh)}` };
          if (version > 0) headers["Last-Event-ID"] = String(version);
          return { url, headers };
        },
        opened: (response, events) => past?.begin(response.headers.get(VERSION_HEADER), events),
        take: (event, events) => past?.take(event, events),
      }),
      rhythm: quiet(),
      history: history.read,
      owns: history.owns,
    };
  },
};

/** Tells the past, which the stream brings at once, from what is pushed: no request is needed for the past. */
export class Past {
  readonly #changes: Change[] = [];
  #version = 0;
  #live = false;

  constructor(
    private readonly orderId: string,
    private readonly have: number,
  ) {}

  /** Without the header, which a server may hide from pages, history is read once more. */
  begin(header: string | null, events: LinkEvents): void {
    this.#version = header !== null && /^\d{1,9}$/.test(header) ? Number(header) : -1;
    if (this.#version <= this.have) this.#goLive(events);
  }

  take(event: StreamEvent, events: LinkEvents): void {
    if (event.name === "reconnect" || event.name === "problem") {
      events.lost();
      return;
    }
    if (event.name !== "change") return;
    let change: Change;
    try {
      change = readChange(JSON.parse(event.data), "event");
    } catch {
      this.#goLive(events);
      events.pushed(null); // it still says that something changed
      return;
    }
    if (this.#live) {
      events.pushed(change);
      return;
    }
    this.#changes.push(change);
    if (change.version >= this.#version) this.#goLive(events);
  }

  #goLive(events: LinkEvents): void {
    if (this.#live) return;
    this.#live = true;
    const version = this.#changes.at(-1)?.version ?? this.have;
    const whole = this.#version >= 0 && version >= this.#version;
    events.live(whole ? [{ orderId: this.orderId, version, changes: this.#changes }] : []);
  }
}
