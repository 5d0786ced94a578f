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
  readonly demo: { readonly users: readonly string[]; readonly password: string } | null;
  readonly catalogue: readonly Ware[] | null;
  readonly report: string | null;
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
    demo: demo && {
      users: list(demo.users, "demo.users").map((user, n) => text(user, `demo.users[${n}]`)),
      password: text(demo.password, "demo.password"),
    },
    catalogue: catalogue?.map((ware, n) => readWare(object(ware, `catalogue[${n}]`), `catalogue[${n}]`)) ?? null,
    report: optional(data.report, "report"),
  };
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
