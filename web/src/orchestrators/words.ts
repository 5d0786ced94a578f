/** What the page says of orchestrators. */
import { formatCount } from "../format";
import type { Crash, Orchestrator } from "./model";

const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** What an order is billed by. */
export function units({ name, transitions, operations }: Orchestrator): string {
  if (operations > 0) return `${operations.toFixed(1)} operations`;
  return name === "express" ? "1 request and its time" : `${transitions.toFixed(1)} transitions`;
}

export function crashed({ orders, delivered, doubled, late }: Crash): string {
  const whole = delivered === orders && doubled === 0 ? "none lost, no change twice" : `${orders - delivered} of ${orders} not delivered, ${doubled} changes twice`;
  return `${seconds(late)} later; ${whole}`;
}

/** A sum that lacks what has no price says so. */
export const dollars = ({ usd, confidence, unpriced }: Orchestrator): string =>
  `${unpriced.length > 0 ? "≥ " : ""}$${usd.toFixed(2)} (${confidence})`;

export const visible = ({ events, kept }: Orchestrator): string => (events === null ? `nothing by its API; ${kept}` : `${formatCount(events)} events; ${kept}`);

export const words = {
  title: "What runs an order",
  lead: "The same orders by a Standard workflow, an Express workflow and a durable function.",
  none: "Orchestrators have not been compared yet:",
  command: "bin/orderwire compare orchestrators --orders 50",
  failed: "The comparison of orchestrators cannot be read.",
  made: (date: string, orders: number) => `Made ${date}, with ${orders} orders each.`,
  added: "Added to an order's life on this machine",
  cost: "Price of a million orders on AWS",
  numbers: "Side by side",
  columns: ["", "added, p50", "an order is billed by", "a million orders", "lines of code", "a crash in the middle", "lasts at most", "visible afterwards"],
  unknown: "–",
  ms: (value: number) => `${formatCount(value)} ms`,
  pauses: (value: number) => `Added: the median order's life, less the ${value} s that the shop itself waits.`,
  unpriced: (title: string, parts: readonly string[]) => `${title}: no price could be found of ${parts.join(", nor of ")}. ≥ says that the sum lacks it.`,
} as const;
