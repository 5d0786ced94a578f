/** AppSync by Amplify's API library: queries, mutations, and one live connection for all subscriptions. */
import { generateClient } from "aws-amplify/api";
import { Hub } from "aws-amplify/utils";
import { type DocumentNode, print } from "graphql";
import type { TadaDocumentNode } from "gql.tada";
import type { Config } from "../config";
import type { Link } from "../live/follower";
import type { Letter, Place, Redriven } from "../letters/model";
import type { Trace } from "../trace/model";
import { type Change, type Decision, type History, type NewOrder, type Order, type Summary, object, readChange } from "../model";
import { ApiError, fromGraphQL } from "./errors";
import { type Traffic, closeSockets, offline } from "./network";
import * as operations from "./operations";
import { RENEW_BEFORE, tokenLasts } from "./session";

/** Amplify derives the real-time address of these by itself; every other one must be named. */
const AWS_DOMAIN = /^https:\/\/\w{26}\.appsync-api\.[\w-]+\.amazonaws\.com(\.cn)?\/graphql$/;
/** Amplify waits 15 s for each of two answers; whoever is not live by then begins again. */
const PATIENCE = 20_000;
/** Beyond these the connection does not work, whatever it says of itself. */
const LOST = new Set([
  "ConnectionDisrupted",
  "ConnectionDisruptedPendingNetwork",
  "ConnectedPendingNetwork",
  "ConnectedPendingKeepAlive",
  "Disconnected",
]);

/** History that is read under a name, and which traffic that is. */
export interface NamedHistory {
  readonly read: (orderId: string, after: number) => Promise<History>;
  readonly owns: (traffic: Traffic) => boolean;
}

interface Client {
  graphql(options: { query: unknown; variables: object }): unknown;
}

interface Stream {
  subscribe(observer: { next: (event: unknown) => void; error: (error: unknown) => void }): { unsubscribe(): void };
}

export class AppSync {
  readonly #calls: Client;
  readonly #streams: Client;

  constructor(private readonly config: Config) {
    // Amplify types an answer by the strings that its own generator made; ours are typed by gql.tada.
    this.#calls = generateClient() as unknown as Client;
    this.#streams = AWS_DOMAIN.test(config.graphql)
      ? this.#calls
      : (generateClient({ endpoint: config.realtime, authMode: "userPool" }) as unknown as Client);
  }

  async submit(order: NewOrder): Promise<Order> {
    const input = { ...order, items: [...order.items] };
    return (await this.#call(operations.SUBMIT, { input })).submitOrder;
  }

  async cancel(id: string): Promise<Order> {
    return (await this.#call(operations.CANCEL, { id })).cancelOrder;
  }

  /** For staff. */
  async decide(orderId: string, decision: Decision): Promise<Order> {
    return (await this.#call(operations.DECIDE, { input: { orderId, decision } })).decideOrder;
  }

  /** What an order's workflow went through, for staff; null when there is no such order. */
  async trace(id: string): Promise<Trace | null> {
    return (await this.#call(operations.TRACE, { id })).orderTrace;
  }

  /** The places of dead letters, for staff. */
  async deadLetters(): Promise<Place[]> {
    return (await this.#call(operations.DEAD_LETTERS, {})).deadLetters;
  }

  /** What lies in one of them, for staff. */
  async deadLetterMessages(place: string): Promise<Letter[]> {
    return (await this.#call(operations.DEAD_LETTER_MESSAGES, { place })).deadLetterMessages;
  }

  /** Puts them back where they came from, for staff: all, or what concerns one order. */
  async redrive(place: string, orderId: string | null, dryRun: boolean): Promise<Redriven> {
    const input = orderId === null ? { place, dryRun } : { place, orderId, dryRun };
    return (await this.#call(operations.REDRIVE_DEAD_LETTERS, { input })).redriveDeadLetters;
  }

  /** One order with its items, or null when there is none or it is somebody else's. */
  async order(id: string): Promise<Order | null> {
    return (await this.#call(operations.ORDER, { id })).order;
  }

  /** Your orders, newest first, up to `most`. */
  async orders(most: number): Promise<Summary[]> {
    const summaries: Summary[] = [];
    let nextToken: string | null = null;
    do {
      const limit = Math.min(100, most - summaries.length);
      const page: { orders: Summary[]; nextToken: string | null } = (
        await this.#call(operations.ORDERS, nextToken === null ? { limit } : { limit, nextToken })
      ).orders;
      summaries.push(...page.orders);
      ({ nextToken } = page);
    } while (nextToken !== null && summaries.length < most);
    return summaries;
  }

  /** What happened after a version; version 0 for an order that is not there. */
  readonly history = async (orderId: string, after: number): Promise<History> => {
    const { orderHistory } = await this.#call(operations.HISTORY, { id: orderId, afterVersion: after });
    return orderHistory ?? { orderId, version: 0, changes: [] };
  };

  /** The same under a name of its own, by which a lane tells its requests from all others. */
  historyOf(name: string): NamedHistory {
    const operation = `HistoryOf_${name.replaceAll("-", "_")}`;
    const query = asText(operations.HISTORY).replace("query History", `query ${operation}`);
    return {
      read: async (orderId, after) => {
        const { orderHistory } = (await this.#send(query, { id: orderId, afterVersion: after })) as {
          orderHistory: History | null;
        };
        return orderHistory ?? { orderId, version: 0, changes: [] };
      },
      owns: ({ channel, text }) => channel === "http" && text.includes(`query ${operation}(`),
    };
  }

  /** The changes of all your orders, or of one. */
  link(orderId?: string): Link {
    return (events) => {
      let over = false;
      let renewal: ReturnType<typeof setTimeout> | undefined;
      let stream: { unsubscribe(): void } | undefined;
      // A new object each time: Amplify's hub names a subscription by its variables alone.
      const variables = orderId === undefined ? {} : { orderId };
      const lost = (): void => {
        if (!over) events.lost();
      };
      const patience = setTimeout(lost, PATIENCE);
      const unlisten = Hub.listen("api", ({ payload }) => {
        const data = payload.data as { variables?: unknown; connectionState?: unknown } | undefined;
        if (payload.event === "Subscription ack" && data?.variables === variables) {
          clearTimeout(patience);
          void tokenLasts().then((left) => {
            // The connection is authorized once, when it opens: a new one before the token's time is up.
            if (!over) renewal = setTimeout(() => closeSockets(this.config.realtime), Math.max(1_000, left - RENEW_BEFORE));
          }, lost);
          events.live([]);
        } else if (payload.event === "ConnectionStateChange" && LOST.has(String(data?.connectionState))) {
          if (subscribed) lost();
        }
      });
      // States are also told of the connection before this one.
      let subscribed = false;
      const query = orderId === undefined ? operations.ON_MINE : operations.ON_ORDER;
      void tokenLasts().then(() => {
        if (over) return;
        stream = (this.#streams.graphql({ query, variables }) as Stream).subscribe({
          next: (event) => events.pushed(readEvent(event)),
          error: lost,
        });
        subscribed = true;
      }, lost);
      return () => {
        over = true;
        clearTimeout(patience);
        clearTimeout(renewal);
        unlisten();
        stream?.unsubscribe();
      };
    };
  }

  async #call<Result, Variables extends object>(
    document: TadaDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    return (await this.#send(asText(document), variables)) as Result;
  }

  async #send(query: string, variables: object): Promise<unknown> {
    if (offline()) throw new ApiError("offline", "No network.");
    try {
      const answer = (await this.#calls.graphql({ query, variables })) as { data: unknown };
      return answer.data;
    } catch (thrown) {
      throw fromGraphQL(thrown);
    }
  }
}

const texts = new WeakMap<object, string>();

/** A document's text, made once: Amplify would print it anew for each call. */
function asText(document: object): string {
  let text = texts.get(document);
  if (text === undefined) {
    text = print(document as DocumentNode);
    texts.set(document, text);
  }
  return text;
}

/** Null for an event that could not be read: it still tells that something changed. */
function readEvent(event: unknown): Change | null {
  try {
    const data = object(object(event, "event").data, "event.data");
    return readChange(Object.values(data)[0], "event");
  } catch {
    return null;
  }
}
