/** Every word of the page with the shop's figures. */
import { formatMs, formatTime, formatWhole } from "../format";
import { strings } from "../strings";
import { type Minute, type ShopFigures, type Sums, underWay } from "./model";

const plural = (n: number, singular: string, many: string): string => `${formatWhole(n)} ${n === 1 ? singular : many}`;
const orders = (n: number): string => plural(n, "order", "orders");
const letters = (n: number): string => plural(n, "dead letter", "dead letters");

export const words = {
  title: "Figures",
  lead: "What the shop does, live: each change of each order is counted once.",
  loading: "Reading the figures…",
  failed: "The figures cannot be read.",
  again: "Try again",
  off: "The analytics are off in this stack, so nothing counts its orders.",
  offHint: "The parameter Analytics turns them on:",
  offCommands: "make deploy PARAMETERS=\"Analytics=true\"\npython -m localcloud appsync/template.yaml --parameter Analytics=true",
  empty: "No order has been counted yet.",
  emptyHint: "Figures appear here with the first one.",
  toShop: "Order something",
  pause: "Hold still",
  as: "As of",
  states: {
    connecting: "Connecting…",
    live: "Live.",
    behind: "Connected. Reading what may have been missed…",
    away: "Connection lost: these are the last figures that came. Trying again…",
    offline: "You are offline: these are the last figures that came.",
    paused: "Held still, as you asked. New figures are kept ready.",
  },
  silent: (since: string) => `Nothing new since ${since}.`,
  now: "Now",
  tiles: {
    rate: "Orders in the last full minute",
    underWay: "Under way",
    half: "Half delivered within",
    most: "95 % delivered within",
    letters: "Dead letters",
  },
  toLetters: "Look at them",
  none: "–",
  minutes: {
    title: "Orders a minute, the last 60 minutes",
    summary: ({ received, delivered, undelivered }: Sums, busiest: Minute | null): string =>
      `In 60 minutes ${orders(received)} came in${busiest === null ? "" : `, at most ${formatWhole(busiest.received)} in one minute`}. ` +
      `${formatWhole(delivered)} were delivered, ${formatWhole(undelivered)} ended otherwise.`,
    keys: { received: "Came in", delivered: "Delivered", undelivered: "Ended otherwise" },
    minute: "Minute",
    table: "Minute by minute, as a table",
    current: "so far",
  },
  statuses: {
    title: "Orders by status",
    summary: (figures: ShopFigures): string => {
      const open = underWay(figures);
      const all = figures.statuses.reduce((sum, { now }) => sum + now, 0);
      return `${orders(all)}, of which ${formatWhole(open)} ${open === 1 ? "is" : "are"} under way.`;
    },
    open: "Under way",
    final: "At their end",
    status: "Status",
    now: "Now",
    entries: "Ever entered",
    table: "By status, as a table",
  },
  revenue: {
    title: "Revenue of delivered orders",
    none: "Nothing has been delivered yet.",
    of: (n: number, average: string | null): string => `${orders(n)}${average === null ? "" : `, ${average} on average`}`,
  },
  delivery: {
    title: "Time to deliver, the last 60 minutes",
    summary: ({ orders: n, p50Ms, p95Ms, averageMs }: ShopFigures["delivery"]): string =>
      p50Ms == null || p95Ms == null || averageMs == null
        ? "Nothing was delivered in the last 60 minutes."
        : `Of ${orders(n)}, half were delivered within ${formatMs(p50Ms)} and 95 % within ${formatMs(p95Ms)}; on average it took ${formatMs(averageMs)}.`,
    figure: "Figure",
    took: "Took",
    half: "50 % within",
    most: "95 % within",
    average: "Average",
    table: "Time to deliver, as a table",
  },
  announce: (figures: ShopFigures, last: Minute | null): string =>
    [
      `Figures of ${formatTime(figures.at)}`,
      ...(last === null ? [] : [`${orders(last.received)} in the last full minute`]),
      `${formatWhole(underWay(figures))} under way`,
      `${formatWhole(figures.statuses.find(({ status }) => status === "DELIVERED")?.now ?? 0)} ${strings.statuses.DELIVERED.toLowerCase()}`,
      ...(figures.delivery.p95Ms == null ? [] : [`95 % within ${formatMs(figures.delivery.p95Ms)}`]),
      letters(figures.deadLetters),
    ].join(", ") + ".",
} as const;
