/** The comparison's document, of `compare/report.schema.json`: what the page shows of it. */
import { loadConfig } from "./config";
import { list, number, object, text } from "./model";

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Channel {
  readonly name: string;
  readonly title: string;
  readonly mode: string;
  readonly latency: Latency | null;
  readonly requests: number;
  readonly bytes: number;
  readonly missed: number;
  /** Of a million orders; null where it was not measured alone. */
  readonly usd: number | null;
}

export interface Report {
  readonly date: string;
  readonly orders: number;
  readonly caveats: readonly string[];
  readonly channels: readonly Channel[];
}

export function readReport(value: unknown): Report {
  const data = object(value, "report");
  const worries = data.worries == null ? [] : list(data.worries, "worries");
  const caveats = data.caveats == null ? [] : list(data.caveats, "caveats");
  return {
    date: text(data.date, "date"),
    orders: number(data.orders, "orders"),
    caveats: [...worries, ...caveats].filter((one): one is string => typeof one === "string"),
    channels: list(data.channels, "channels").map(readChannel),
  };
}

function readChannel(value: unknown): Channel {
  const row = object(value, "channel");
  const client = object(row.perOrder, "channel.perOrder");
  const times = row.commitToReceiptMs == null ? null : object(row.commitToReceiptMs, "channel.commitToReceiptMs");
  const cost = row.cost == null ? null : object(row.cost, "channel.cost");
  const ms = (name: string): number => number(times?.[name], name);
  const bytes = client.bytesIn ?? client.bytes_in;
  return {
    name: text(row.name, "channel.name"),
    title: text(row.title, "channel.title"),
    mode: text(row.mode, "channel.mode"),
    latency: times && { p50: ms("p50"), p95: ms("p95"), p99: ms("p99") },
    requests: number(client.requests, "channel.requests"),
    bytes: number(bytes, "channel.bytes"),
    missed: number(row.missed, "channel.missed"),
    usd: cost && number(cost.usdPerMillionOrders, "channel.cost"),
  };
}

/** The last comparison, or null when there is none yet. Throws when it cannot be read. */
export async function loadReport(): Promise<Report | null> {
  // Asked again each time: the configuration names the report once there is one.
  const { report: url } = await loadConfig();
  if (url === null) return null;
  const answer = await fetch(url, { cache: "no-cache" });
  if (answer.status === 404 || answer.status === 204) return null;
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return readReport(await answer.json());
}
