import { type Change, GOOD_LIFE, type Status } from "./model";

export interface Step {
  readonly status: Status;
  readonly change: Change | null;
  readonly before: Change | null;
}

/** What happened, and behind it each step of a good life that has not: none is left out, however the order ended. */
export function steps(changes: readonly Change[]): Step[] {
  const past: Step[] = changes.map((change, n) => ({ status: change.status, change, before: changes[n - 1] ?? null }));
  const reached = Math.max(-1, ...changes.map(({ status }) => GOOD_LIFE.indexOf(status)));
  return [...past, ...GOOD_LIFE.slice(reached + 1).map((status) => ({ status, change: null, before: null }))];
}
