/** Dead letters as the contract has them, and what a redrive reports. */
import type { ResultOf } from "gql.tada";
import type { DEAD_LETTERS, DEAD_LETTER_MESSAGES, REDRIVE_DEAD_LETTERS } from "../api/operations";

export type Place = ResultOf<typeof DEAD_LETTERS>["deadLetters"][number];
export type Letter = ResultOf<typeof DEAD_LETTER_MESSAGES>["deadLetterMessages"][number];
export type Redriven = ResultOf<typeof REDRIVE_DEAD_LETTERS>["redriveDeadLetters"];

/** What all calls of one redrive came to. */
export interface Outcome {
  readonly redriven: number;
  /** Ids of letters that stay, and why. */
  readonly failures: ReadonlyMap<string, string>;
  readonly more: boolean;
  readonly moving: boolean;
}

export const isMoving = (place: Place): boolean => place.move?.status === "RUNNING" || place.move?.status === "CANCELLING";

/** Calls until nothing is left, or nothing goes back any more: what fails is met again by each call. */
export async function redriveAll(call: () => Promise<Redriven>): Promise<Outcome> {
  const failures = new Map<string, string>();
  let redriven = 0;
  for (;;) {
    const result = await call();
    redriven += result.redriven;
    for (const { id, reason } of result.failures) failures.set(id, reason);
    if (!result.more || result.redriven === 0) {
      return { redriven, failures, more: result.more, moving: result.move !== null };
    }
  }
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** How old something is, in its largest unit. */
export function ageOf(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1_000));
  const [size, unit] = UNITS.find(([length]) => seconds >= length) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}
