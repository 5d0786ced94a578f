/** AppSync by Amplify's API library: queries, mutations, and one live connection for all subscriptions. */
import { generateClient } from "aws-amplify/api";
import { type DocumentNode, print } from "graphql";
import type { TadaDocumentNode } from "gql.tada";
import type { Config } from "../config";
import { type ShopFigures, readFigures } from "../figures/model";
import { type Import, type ImportPage, type Progress, type Upload, readProgress } from "../imports/model";
import type { Link } from "../live/follower";
import type { Letter, Place, Redriven } from "../letters/model";
import { type BoardPage, boardDocument } from "../orders/document";
import type { Trace } from "../trace/model";
import { type Decision, type History, type NewOrder, type Order, type Status, type Summary, object, readChange } from "../model";
import { ApiError, fromGraphQL } from "./errors";
import { type Traffic, offline } from "./network";
import * as operations from "./operations";
import { type Client, type Open, subscription } from "./subscription";

/** Amplify derives the real-time address of these by itself; every other one must be named. */
const AWS_DOMAIN = /^https:\/\/\w{26}\.appsync-api\.[\w-]+\.amazonaws\.com(\.cn)?\/graphql$/;
/** History that is read under a name, and which traffic that is. */
export interface NamedHistory {
  readonly read: (orderId: string, after: number) => Promise<History>;
  readonly owns: (traffic: Traffic) => boolean;
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

  /** One order with its items, or null when there is none or it belongs to another customer. */
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

  /** Everyone's orders, for staff: of each status the page behind its cursor, or the first, all in one request. */
  async allOrders(cursors: ReadonlyMap<Status, string | null>, limit: number): Promise<ReadonlyMap<Status, BoardPage>> {
    const statuses = [...cursors.keys()];
    if (statuses.length === 0) return new Map();
    const tokens = Object.fromEntries([...cursors].filter(([, token]) => token !== null));
    const pages = (await this.#send(boardDocument(statuses), { limit, ...tokens })) as Record<Status, BoardPage>;
    return new Map(statuses.map((status) => [status, pages[status]]));
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

  /** The figures of the shop, for staff. */
  async shopFigures(): Promise<ShopFigures> {
    return (await this.#call(operations.SHOP_FIGURES, {})).shopFigures;
  }

  /** The same from now on, whenever they change. */
  figures(): Open<ShopFigures> {
    return this.#open(operations.ON_SHOP_FIGURES, {}, readFigures);
  }

  /** Announce a file under an id of ours; the answer says where, and with which fields, it is to be uploaded. */
  async createImport(clientToken: string, fileName: string, size: number): Promise<Upload> {
    return (await this.#call(operations.CREATE_IMPORT, { input: { clientToken, fileName, size } })).createImport;
  }

  async cancelImport(id: string): Promise<Import> {
    return (await this.#call(operations.CANCEL_IMPORT, { id })).cancelImport;
  }

  /** One import with its first refused lines, or null when there is none or it belongs to another customer. */
  async import(id: string): Promise<Import | null> {
    return (await this.#call(operations.IMPORT, { id })).import;
  }

  /** Your imports, newest first, a page at a time. */
  async imports(nextToken: string | null): Promise<ImportPage> {
    return (await this.#call(operations.IMPORTS, nextToken === null ? {} : { nextToken })).imports;
  }

  /** How far an import is, from now on. */
  progress(id: string): Open<Progress> {
    return this.#open(operations.ON_IMPORT, { id }, readProgress);
  }

  /** The changes of all your orders, or of one. */
  link(orderId?: string): Link {
    return orderId === undefined
      ? this.#link(operations.ON_MINE, {})
      : this.#link(operations.ON_ORDER, { orderId });
  }

  /** The changes of everyone's orders, for staff. */
  linkToAll(): Link {
    return this.#link(operations.ON_ANY, {});
  }

  #link(query: object, variables: object): Link {
    const open = this.#open(query, variables, readChange);
    return (events) =>
      open({ live: () => events.live([]), pushed: (change) => events.pushed(change), lost: () => events.lost() });
  }

  #open<T>(query: object, variables: object, read: (data: unknown, where: string) => T): Open<T> {
    return subscription(this.#streams, this.config.realtime, query, variables, (event) => readEvent(event, read));
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

/** A document's text, made once: Amplify would print it again for each call. */
function asText(document: object): string {
  let text = texts.get(document);
  if (text === undefined) {
    text = print(document as DocumentNode);
    texts.set(document, text);
  }
  return text;
}

/** The one field of an event's data; null when it could not be read. */
function readEvent<T>(event: unknown, read: (data: unknown, where: string) => T): T | null {
  try {
    const data = object(object(event, "event").data, "event.data");
    return read(Object.values(data)[0], "event");
  } catch {
    return null;
  }
}
