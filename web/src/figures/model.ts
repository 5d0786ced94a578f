/** The shop's figures as the contract has them, and what the page shows of them. No drawing in here. */
import type { ResultOf } from "gql.tada";
import type { SHOP_FIGURES } from "../api/operations";
import { type Status, STATUSES, Unexpected, isFinal, list, member, number, object, text } from "../model";

export type ShopFigures = ResultOf<typeof SHOP_FIGURES>["shopFigures"];

const MINUTE = 60_000;
/** So many minutes are drawn. */
export const MINUTES = 60;

/** Orders that came in, and orders that came to an end, within one minute. */
export interface Minute {
  /** When it begins, in milliseconds of Unix time. */
  readonly at: number;
  readonly received: number;
  readonly delivered: number;
  /** Cancelled, not approved, expired or failed. */
  readonly undelivered: number;
}

/** Read what `onShopFigures` brings. */
export function readFigures(value: unknown, where = "figures"): ShopFigures {
  const data = object(value, where);
  const rows = <T>(name: string, read: (row: Readonly<Record<string, unknown>>, at: string) => T): T[] =>
    list(data[name], `${where}.${name}`).map((row, n) => {
      const at = `${where}.${name}[${n}]`;
      return read(object(row, at), at);
    });
  const status = (row: Readonly<Record<string, unknown>>, at: string): Status => member(STATUSES, row.status, `${at}.status`);
  const delivery = object(data.delivery, `${where}.delivery`);
  const span = (name: string): number | null => (delivery[name] == null ? null : number(delivery[name], `${where}.delivery.${name}`));
  return {
    version: number(data.version, `${where}.version`),
    at: text(data.at, `${where}.at`),
    windowSeconds: number(data.windowSeconds, `${where}.windowSeconds`),
    deadLetters: number(data.deadLetters, `${where}.deadLetters`),
    statuses: rows("statuses", (row, at) => ({
      status: status(row, at),
      now: number(row.now, `${at}.now`),
      entries: number(row.entries, `${at}.entries`),
    })),
    minutes: rows("minutes", (row, at) => ({
      minute: text(row.minute, `${at}.minute`),
      entries: list(row.entries, `${at}.entries`).map((entry, n) => {
        const inside = `${at}.entries[${n}]`;
        const data = object(entry, inside);
        return { status: status(data, inside), count: number(data.count, `${inside}.count`) };
      }),
    })),
    revenue: rows("revenue", (row, at) => ({
      currency: text(row.currency, `${at}.currency`),
      amount: minorUnits(row.amount, `${at}.amount`),
      orders: number(row.orders, `${at}.orders`),
    })),
    delivery: {
      orders: number(delivery.orders, `${where}.delivery.orders`),
      p50Ms: span("p50Ms"),
      p95Ms: span("p95Ms"),
      averageMs: span("averageMs"),
    },
  };
}

function minorUnits(value: unknown, where: string): string {
  const amount = text(value, where);
  if (!/^-?\d+$/.test(amount)) throw new Unexpected(`${where}: no whole number`);
  return amount;
}

/** The newer of two. At one version an answer may be later: its minutes have moved on. */
export function newer(current: ShopFigures | null, other: ShopFigures): ShopFigures {
  if (current === null || other.version > current.version) return other;
  return other.version === current.version && Date.parse(other.at) >= Date.parse(current.at) ? other : current;
}

/** The last sixty minutes, oldest first, those without an order too; the last one is still going on. */
export function minutesOf(figures: ShopFigures): Minute[] {
  const minutes = new Map<number, Minute>();
  for (const { minute, entries } of figures.minutes) {
    const at = Math.floor(Date.parse(minute) / MINUTE) * MINUTE;
    const count = (wanted: (status: Status) => boolean): number =>
      entries.reduce((sum, entry) => sum + (wanted(entry.status) ? entry.count : 0), 0);
    minutes.set(at, {
      at,
      received: count((status) => status === "RECEIVED"),
      delivered: count((status) => status === "DELIVERED"),
      undelivered: count((status) => isFinal(status) && status !== "DELIVERED"),
    });
  }
  const last = Math.max(Math.floor(Date.parse(figures.at) / MINUTE) * MINUTE, ...minutes.keys());
  return Array.from({ length: MINUTES }, (_, n) => {
    const at = last - (MINUTES - 1 - n) * MINUTE;
    return minutes.get(at) ?? { at, received: 0, delivered: 0, undelivered: 0 };
  });
}

/** Orders that have not come to an end. */
export const underWay = ({ statuses }: ShopFigures): number =>
  statuses.reduce((sum, { status, now }) => sum + (isFinal(status) ? 0 : now), 0);

/** Orders that the figures know of. */
export const ordersOf = ({ statuses }: ShopFigures): number => statuses.reduce((sum, { now }) => sum + now, 0);

export interface Sums {
  readonly received: number;
  readonly delivered: number;
  readonly undelivered: number;
}

export const sumOf = (minutes: readonly Minute[]): Sums =>
  minutes.reduce<Sums>(
    (sum, minute) => ({
      received: sum.received + minute.received,
      delivered: sum.delivered + minute.delivered,
      undelivered: sum.undelivered + minute.undelivered,
    }),
    { received: 0, delivered: 0, undelivered: 0 },
  );

/** Nothing has come for several windows, and for as long as a person notices. */
export const isSilent = (figures: ShopFigures, changedAt: number, now: number): boolean =>
  now - changedAt > Math.max(20_000, figures.windowSeconds * 3_000);
