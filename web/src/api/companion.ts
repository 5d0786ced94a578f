/** The companion: REST for polling and long polling, and the WebSocket with its single-use tickets. */
import type { Link } from "../live/follower";
import { type History, list, number, object, readChange, readHistory, text } from "../model";
import { ApiError } from "./errors";
import { idToken } from "./session";

/** The server holds a request for 25 seconds at most. */
export const LONGEST_WAIT = 25_000;
const PING_EVERY = 60_000;
const PATIENCE = 15_000;

export class Companion {
  /** What each order looked like, so that nothing comes twice. */
  readonly #seen = new Map<string, { etag: string; version: number }>();

  constructor(
    private readonly rest: string,
    private readonly websocket: string | null,
  ) {}

  /** One short look: 304 costs no body. */
  readonly poll = (orderId: string, after: number, signal: AbortSignal): Promise<History> =>
    this.#look(orderId, after, "", signal);

  /** A look that the server answers when there is something new. */
  readonly longPoll = (orderId: string, after: number, signal: AbortSignal): Promise<History> =>
    this.#look(orderId, after, `?wait=${LONGEST_WAIT / 1000}&after=${after}`, signal);

  async #look(orderId: string, after: number, query: string, signal: AbortSignal): Promise<History> {
    const seen = this.#seen.get(orderId);
    const answer = await this.#send("GET", `/orders/${encodeURIComponent(orderId)}${query}`, signal, seen?.etag);
    const again = answer.headers.get("Retry-After");
    const retryAfter = again === null ? undefined : Number(again) * 1000;
    if (answer.status === 304) return { orderId, version: seen?.version ?? 0, changes: [], retryAfter };
    if (answer.status === 404) return { orderId, version: 0, changes: [] };
    const order = object(await answer.json(), "order");
    const version = number(order.version, "order.version");
    const etag = answer.headers.get("ETag");
    if (etag !== null) this.#seen.set(orderId, { etag, version });
    const changes = list(order.history, "order.history").map((one, n) => readChange(one, `history[${n}]`));
    // An order is a document with its whole history: what is in it again was not sent for our sake.
    return { orderId, version, changes: changes.filter((change) => change.version > after), retryAfter };
  }

  /** What happened after a version. */
  readonly history = async (orderId: string, after: number, signal: AbortSignal): Promise<History> => {
    const path = `/orders/${encodeURIComponent(orderId)}/history?after=${after}`;
    const answer = await this.#send("GET", path, signal);
    return answer.status === 404 ? { orderId, version: 0, changes: [] } : readHistory(await answer.json());
  };

  /** One order's changes over the WebSocket; the server tells the history that was missed first. */
  link(orderId: string): Link {
    return (events, have) => {
      const abort = new AbortController();
      let socket: WebSocket | undefined;
      let silence: ReturnType<typeof setTimeout> | undefined;
      const lost = (): void => {
        if (!abort.signal.aborted) events.lost();
      };
      const listen = (): void => {
        clearTimeout(silence);
        silence = setTimeout(() => {
          socket?.send(JSON.stringify({ type: "ping" }));
          silence = setTimeout(lost, PATIENCE);
        }, PING_EVERY);
      };
      const open = async (): Promise<void> => {
        const answer = await this.#send("POST", "/ws-tickets", abort.signal);
        const ticket = text(object(await answer.json(), "ticket").ticket, "ticket.ticket");
        if (abort.signal.aborted || this.websocket === null) return;
        // A ticket opens one connection, once and soon: this is all that an address may carry.
        socket = new WebSocket(`${this.websocket}?ticket=${encodeURIComponent(ticket)}`);
        socket.onopen = () => {
          socket?.send(JSON.stringify({ type: "subscribe", orderId, afterVersion: have.get(orderId) ?? 0 }));
        };
        socket.onmessage = ({ data }: MessageEvent<unknown>) => {
          listen();
          receive(data, events);
        };
        socket.onclose = lost;
        silence = setTimeout(lost, PATIENCE);
      };
      open().catch(lost);
      return () => {
        abort.abort();
        clearTimeout(silence);
        if (socket) socket.onclose = null;
        socket?.close();
      };
    };
  }

  async #send(method: string, path: string, signal: AbortSignal, etag?: string): Promise<Response> {
    for (const fresh of [false, true]) {
      const headers: Record<string, string> = { Authorization: await idToken(fresh) };
      if (etag !== undefined) headers["If-None-Match"] = etag;
      const answer = await fetch(this.rest + path, { method, headers, signal, cache: "no-store" });
      if (answer.ok || answer.status === 304 || answer.status === 404) return answer;
      // Once more with a fresh token: the pool may have revoked this one, or clocks differ.
      if (answer.status !== 401) throw new ApiError("try-again", `HTTP ${answer.status}`);
    }
    throw new ApiError("not-signed-in", "HTTP 401");
  }
}

function receive(data: unknown, events: Parameters<Link>[0]): void {
  try {
    const frame = object(JSON.parse(text(data, "frame")), "frame");
    if (frame.type === "subscribed") events.live([readHistory(frame, "subscribed")]);
    else if (frame.type === "change") events.pushed(readChange(frame.change));
    else if (frame.type === "error") events.lost();
  } catch {
    events.pushed(null); // it still tells that something changed
  }
}
