/** The companion's REST API: for pollers, and for the history and the tickets of subscribers. */
import { type History, type NewOrder, list, number, object, readChange, readHistory, text } from "../model";
import { ApiError, type Problem } from "./errors";
import { tagged } from "./network";
import { accessToken, idToken } from "./session";

/** The server holds a request for 25 seconds at most. */
export const LONGEST_WAIT = 25_000;

const HISTORY =
  "query History($id: ID!, $afterVersion: Int) { orderHistory(id: $id, afterVersion: $afterVersion) " +
  "{ orderId version changes { orderId version status at reason } } }";

export class Companion {
  /** What each order looked like, so that nothing comes twice. */
  readonly #latest = new Map<string, { etag: string; version: number }>();

  /** `tag` marks the caller's traffic. */
  constructor(
    private readonly rest: string,
    private readonly tag: string,
  ) {}

  /** One short look: 304 costs no body. */
  readonly poll = (orderId: string, after: number, signal: AbortSignal): Promise<History> =>
    this.#look(orderId, after, "", signal);

  /** A look that the server answers when there is something new. */
  readonly longPoll = (orderId: string, after: number, signal: AbortSignal): Promise<History> =>
    this.#look(orderId, after, `?wait=${LONGEST_WAIT / 1000}&after=${after}`, signal);

  async #look(orderId: string, after: number, query: string, signal: AbortSignal): Promise<History> {
    const latest = this.#latest.get(orderId);
    const headers = latest ? { "If-None-Match": latest.etag } : {};
    const answer = await this.#send("GET", `/orders/${encodeURIComponent(orderId)}${query}`, signal, { headers });
    const again = answer.headers.get("Retry-After");
    const retryAfter = again === null ? undefined : Number(again) * 1000;
    if (answer.status === 304) return { orderId, version: latest?.version ?? 0, changes: [], retryAfter };
    if (answer.status === 404) return { orderId, version: 0, changes: [] };
    const history = readOrder(await answer.json(), orderId, after);
    const etag = answer.headers.get("ETag");
    if (etag !== null) this.#latest.set(orderId, { etag, version: history.version });
    return { ...history, retryAfter };
  }

  /** Send an order, or the same order again: the answer comes when it is final, or after the longest wait. */
  async submit(order: NewOrder, after: number, signal: AbortSignal): Promise<History> {
    const { clientToken, ...contents } = order;
    const headers = {
      "Content-Type": "application/json",
      "Idempotency-Key": clientToken,
      Prefer: `wait=${LONGEST_WAIT / 1000}`,
    };
    const answer = await this.#send("POST", "/orders", signal, { headers, body: JSON.stringify(contents) });
    return readOrder(await answer.json(), clientToken, after);
  }

  /** The same by GraphQL, for who follows by GraphQL. */
  readonly queryHistory = async (orderId: string, after: number, signal: AbortSignal): Promise<History> => {
    const body = JSON.stringify({ query: HISTORY, variables: { id: orderId, afterVersion: after } });
    const headers = { "Content-Type": "application/json" };
    const answer = object(await (await this.#send("POST", "/graphql", signal, { headers, body }, accessToken)).json(), "answer");
    if (answer.errors !== undefined) throw new ApiError("try-again", JSON.stringify(answer.errors));
    const { orderHistory } = object(answer.data, "data");
    return orderHistory == null ? { orderId, version: 0, changes: [] } : readHistory(orderHistory);
  };

  /** Has an order's broken workflow go on, for staff. */
  async redrive(orderId: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#send("POST", `/orders/${encodeURIComponent(orderId)}/redrive`, signal, {}, idToken, [403, 409]);
    const problems: Readonly<Record<number, Problem>> = { 403: "staff-only", 404: "not-found", 409: "not-redrivable" };
    const problem = problems[answer.status];
    if (problem) throw new ApiError(problem, `HTTP ${answer.status}`);
  }

  /** What opens one WebSocket, once and soon. */
  async ticket(signal: AbortSignal): Promise<string> {
    const answer = await this.#send("POST", "/ws-tickets", signal);
    return text(object(await answer.json(), "ticket").ticket, "ticket.ticket");
  }

  /** What happened after a version. */
  readonly history = async (orderId: string, after: number, signal: AbortSignal): Promise<History> => {
    const path = `/orders/${encodeURIComponent(orderId)}/history?after=${after}`;
    const answer = await this.#send("GET", path, signal);
    return answer.status === 404 ? { orderId, version: 0, changes: [] } : readHistory(await answer.json());
  };

  /** Its GraphQL takes an access token, as AppSync does; everything else an id token. */
  async #send(
    method: string,
    path: string,
    signal: AbortSignal,
    more: Pick<RequestInit, "body" | "headers"> = {},
    token = idToken,
    refusals: readonly number[] = [],
  ): Promise<Response> {
    for (const fresh of [false, true]) {
      const headers = new Headers(more.headers);
      headers.set("Authorization", await token(fresh));
      const init: RequestInit = { ...more, method, headers, signal, cache: "no-store" };
      const answer = await tagged(this.tag, () => fetch(this.rest + path, init));
      if (answer.ok || [304, 404, ...refusals].includes(answer.status)) return answer;
      // Once more with a fresh token: the pool may have revoked this one, or clocks differ.
      if (answer.status !== 401) throw new ApiError("try-again", `HTTP ${answer.status}`);
    }
    throw new ApiError("not-signed-in", "HTTP 401");
  }
}

/** An order is a document with its whole history: what is in it again was not sent for our sake. */
function readOrder(document: unknown, orderId: string, after: number): History {
  const order = object(document, "order");
  const changes = list(order.history, "order.history").map((entry, n) => readChange(entry, `history[${n}]`));
  const version = number(order.version, "order.version");
  return { orderId, version, changes: changes.filter((change) => change.version > after) };
}
