/** The last comparison's document, of `compare/report.schema.json`, and its page, as `compare` has rendered it. */
import { loadConfig } from "./config";
import { list, number, object, text } from "./model";

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Channel {
  readonly name: string;
  readonly mode: string;
  readonly latency: Latency | null;
}

export interface Report {
  readonly date: string;
  /** The HTML report's name, beside the document; null for a document that an older version wrote. */
  readonly page: string | null;
  readonly channels: readonly Channel[];
}

/** The HTML report, and where it and the document are. */
export interface Rendered {
  readonly html: string;
  readonly page: string;
  readonly document: string;
}

export function readReport(value: unknown): Report {
  const data = object(value, "report");
  return {
    date: text(data.date, "date"),
    page: data.page == null ? null : text(data.page, "page"),
    channels: list(data.channels, "channels").map(readChannel),
  };
}

function readChannel(value: unknown): Channel {
  const row = object(value, "channel");
  const times = row.commitToReceiptMs == null ? null : object(row.commitToReceiptMs, "channel.commitToReceiptMs");
  const ms = (name: string): number => number(times?.[name], name);
  return {
    name: text(row.name, "channel.name"),
    mode: text(row.mode, "channel.mode"),
    latency: times && { p50: ms("p50"), p95: ms("p95"), p99: ms("p99") },
  };
}

/** Where a report's page is: beside its document, and nowhere else. Null where the document names none. */
export function pageOf({ page }: Report, document: URL): URL | null {
  if (page === null) return null;
  const url = new URL(page, document);
  return new URL(".", url).href === new URL(".", document).href ? url : null;
}

/** The last comparison, or null when there is none yet. Throws when it cannot be read. */
export async function loadReport(): Promise<Report | null> {
  return (await loadDocument())?.report ?? null;
}

/** The last comparison as a page, or null when there is none. Throws when it cannot be read. */
export async function loadRendered(): Promise<Rendered | null> {
  const loaded = await loadDocument();
  const page = loaded && pageOf(loaded.report, loaded.url);
  if (!loaded || !page) return null;
  const answer = await fetch(page, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${page.href}: HTTP ${answer.status}`);
  return { html: await answer.text(), page: page.href, document: loaded.url.href };
}

async function loadDocument(): Promise<{ report: Report; url: URL } | null> {
  // Asked again each time: the configuration names the report once there is one.
  const { report } = await loadConfig();
  if (report === null) return null;
  const url = new URL(report, location.href);
  const answer = await fetch(url, { cache: "no-cache" });
  if (answer.status === 404 || answer.status === 204) return null;
  if (!answer.ok) throw new Error(`${url.href}: HTTP ${answer.status}`);
  return { report: readReport(await answer.json()), url };
}
