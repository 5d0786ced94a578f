/** What to take under a load: the cheapest channel that is soon enough, and the cheapest whatever comes. */
import type { Estimate } from "./estimate";

/** Seconds: what comes later, a person notices. */
export const SOON = 1;

/** It reaches servers, not pages. */
const WEBHOOK = "webhook";

export interface Advice {
  /** Pushes each change, 95 of 100 within `SOON`, and no quota breaks; null when none does. */
  readonly best: Estimate | null;
  /** The cheapest whose quotas bear the load, however late it is; null when none's do. */
  readonly cheapest: Estimate | null;
}

/** Whether a quota as it is granted does not bear so many orders a second. */
export const breaks = ({ first }: Estimate, rate: number): boolean => first !== null && rate > first.orders;

export function advise(estimates: readonly Estimate[], rate: number): Advice {
  const bearing = estimates.filter((each) => each.name !== WEBHOOK && !breaks(each, rate));
  return {
    best: cheapest(bearing.filter(({ pushes, p95 }) => pushes && p95 <= SOON)),
    cheapest: cheapest(bearing),
  };
}

const cheapest = (estimates: readonly Estimate[]): Estimate | null =>
  estimates.reduce<Estimate | null>((least, each) => (least === null || each.usd < least.usd ? each : least), null);
