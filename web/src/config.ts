import { type Item, type Json, list, number, object, text } from "./model";

export interface Ware extends Omit<Item, "quantity"> {
  readonly currency: string;
}

/** What the page's own server tells it: addresses, and on the local cloud alone the demo's users. */
export interface Config {
  readonly region: string;
  /** The endpoint of a Cognito that is not AWS's; null for AWS's own. */
  readonly cognito: string | null;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly graphql: string;
  readonly realtime: string;
  readonly rest: string | null;
  readonly websocket: string | null;
  /** AppSync's Event API: where events are published, and where its WebSocket is. */
  readonly events: string | null;
  readonly eventsRealtime: string | null;
  /** MQTT over a WebSocket, with the authorizer's name. */
  readonly iot: string | null;
  /** The REST API that streams Server-Sent Events. */
  readonly sse: string | null;
  /** Where a receiver of webhooks on this machine passes on what it received. */
  readonly webhooks: string | null;
  /** Channels that a parameter of the stack switches off, and that have no address of their own. */
  readonly off: readonly string[];
  readonly demo: { readonly users: readonly string[]; readonly password: string } | null;
  readonly catalogue: readonly Ware[] | null;
  readonly report: string | null;
  /** The last comparison of orchestrators. */
  readonly orchestrators: string | null;
}

const optional = (value: unknown, where: string): string | null => (value == null ? null : text(value, where));

export function readConfig(value: unknown): Config {
  const data = object(value, "config");
  const must = (name: string): string => text(data[name], name);
  const demo = data.demo == null ? null : object(data.demo, "demo");
  const catalogue = data.catalogue == null ? null : list(data.catalogue, "catalogue");
  return {
    region: must("region"),
    cognito: optional(data.cognito, "cognito"),
    userPoolId: must("userPoolId"),
    userPoolClientId: must("userPoolClientId"),
    graphql: must("graphql"),
    realtime: must("realtime"),
    rest: optional(data.rest, "rest"),
    websocket: optional(data.websocket, "websocket"),
    events: optional(data.events, "events"),
    eventsRealtime: optional(data.eventsRealtime, "eventsRealtime"),
    iot: optional(data.iot, "iot"),
    sse: optional(data.sse, "sse"),
    webhooks: optional(data.webhooks, "webhooks"),
    off: readOff(data.channels),
    demo: demo && {
      users: list(demo.users, "demo.users").map((user, n) => text(user, `demo.users[${n}]`)),
      password: text(demo.password, "demo.password"),
    },
    catalogue: catalogue?.map((ware, n) => readWare(object(ware, `catalogue[${n}]`), `catalogue[${n}]`)) ?? null,
    report: optional(data.report, "report"),
    orchestrators: optional(data.orchestrators, "orchestrators"),
  };
}

/** Which channels are `"false"`, as the stack's parameters have it; what is not named is on. */
function readOff(value: unknown): string[] {
  if (value == null) return [];
  return Object.entries(object(value, "channels")).flatMap(([name, on]) => (on === "false" ? [name] : []));
}

function readWare(ware: Json, where: string): Ware {
  return {
    sku: text(ware.sku, `${where}.sku`),
    name: text(ware.name, `${where}.name`),
    unitPrice: number(ware.unitPrice, `${where}.unitPrice`),
    currency: text(ware.currency, `${where}.currency`),
  };
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/config.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`/config.json: HTTP ${answer.status}`);
  return readConfig(await answer.json());
}
