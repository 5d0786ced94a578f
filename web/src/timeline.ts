import { type Change, GOOD_LIFE, type Status } from "./model";

export interface Step {
  readonly status: Status;
  readonly change: Change | null;
  readonly before: Change | null;
}

/** Always as many rows as a good life has, so that nothing moves as it goes on. */
export function steps(changes: readonly Change[]): Step[] {
  const made: Step[] = changes.map((change, n) => ({ status: change.status, change, before: changes[n - 1] ?? null }));
  const last = changes.at(-1)?.status;
  // What waits for approval is confirmed next, as what is validated.
  const at = last === undefined ? -1 : GOOD_LIFE.indexOf(last === "AWAITING_APPROVAL" ? "VALIDATED" : last);
  const ahead = at === -1 && last !== undefined ? GOOD_LIFE.slice(changes.length) : GOOD_LIFE.slice(at + 1);
  return [...made, ...ahead.map((status) => ({ status, change: null, before: null }))];
}
