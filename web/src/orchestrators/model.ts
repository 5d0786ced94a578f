/** What `orderwire compare orchestrators` writes, as far as the page shows it. */
import { loadConfig } from "../config";
import { list, number, object, text } from "../model";

export interface Crash {
  readonly orders: number;
  readonly delivered: number;
  readonly doubled: number;
  /** Milliseconds by which an order is at its end later. */
  readonly late: number;
}

export interface Orchestrator {
  readonly name: string;
  readonly title: string;
  readonly how: string;
  readonly orders: number;
  /** Milliseconds of the median order's life that are no pause of the shop's. */
  readonly added: number | null;
  readonly transitions: number;
  readonly operations: number;
  /** Of a million orders, without what no price could be found of. */
  readonly usd: number;
  readonly confidence: string;
  readonly unpriced: readonly string[];
  readonly lines: number | null;
  readonly limit: string;
  readonly kept: string;
  /** Events of a delivered order's history; null where nothing is kept. */
  readonly events: number | null;
  readonly crash: Crash | null;
}

export interface Orchestrators {
  readonly date: string;
  readonly orders: number;
  readonly pauses: number;
  readonly worries: readonly string[];
  readonly variants: readonly Orchestrator[];
}

const optional = (value: unknown, where: string): number | null => (value == null ? null : number(value, where));
const texts = (value: unknown, where: string): string[] => list(value, where).map((element, n) => text(element, `${where}[${n}]`));

export function readOrchestrators(value: unknown): Orchestrators {
  const data = object(value, "orchestrators");
  return {
    date: text(data.date, "date"),
    orders: number(data.orders, "orders"),
    pauses: number(data.pausesSeconds, "pausesSeconds"),
    worries: texts(data.worries, "worries"),
    variants: list(data.variants, "variants").map(readVariant),
  };
}

function readVariant(value: unknown): Orchestrator {
  const row = object(value, "variant");
  const cost = object(row.cost, "variant.cost");
  const after = row.afterwards == null ? null : object(row.afterwards, "variant.afterwards");
  const crash = row.crash == null ? null : object(row.crash, "variant.crash");
  return {
    name: text(row.name, "variant.name"),
    title: text(row.title, "variant.title"),
    how: text(row.how, "variant.how"),
    orders: number(row.orders, "variant.orders"),
    added: optional(row.addedMs, "variant.addedMs"),
    transitions: number(row.transitionsPerOrder, "variant.transitionsPerOrder"),
    operations: number(row.durableOperationsPerOrder, "variant.durableOperationsPerOrder"),
    usd: number(cost.usdPerMillionOrders, "variant.cost"),
    confidence: text(cost.confidence, "variant.confidence"),
    unpriced: texts(row.unpriced, "variant.unpriced"),
    lines: optional(row.codeLines, "variant.codeLines"),
    limit: text(row.limit, "variant.limit"),
    kept: text(row.kept, "variant.kept"),
    events: after && optional(after.events, "variant.events"),
    crash: crash && {
      orders: number(crash.orders, "crash.orders"),
      delivered: number(crash.delivered, "crash.delivered"),
      doubled: number(crash.doubled, "crash.doubled"),
      late: number(crash.lateMs, "crash.lateMs"),
    },
  };
}

/** The last comparison of orchestrators, or null when there is none yet. Throws when it cannot be read. */
export async function loadOrchestrators(): Promise<Orchestrators | null> {
  const { orchestrators: url } = await loadConfig();
  if (url === null) return null;
  const answer = await fetch(url, { cache: "no-cache" });
  if (answer.status === 404 || answer.status === 204) return null;
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return readOrchestrators(await answer.json());
}
