/** What an order's workflow went through, as the API tells it. */

export type StepOutcome = "RUNNING" | "SUCCEEDED" | "CAUGHT" | "FAILED" | "ABORTED";
export type Outcome = "NOT_STARTED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
export type TransitionKind = "NEXT" | "CHOICE" | "DEFAULT" | "CATCH";

export interface Step {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly enteredAt: string;
  /** Null while it runs, and where it is not kept. */
  readonly leftAt: string | null;
  readonly outcome: StepOutcome;
  readonly retries: number;
  readonly error: string | null;
  /** The step of the Parallel or Map around it. */
  readonly parent: number | null;
  readonly index: number | null;
}

export interface Node {
  readonly name: string;
  readonly type: string;
  /** The Parallel or Map that it stands in. */
  readonly parent: string | null;
  readonly branch: number | null;
  readonly start: boolean;
  readonly end: boolean;
  readonly comment: string | null;
}

export interface Transition {
  readonly source: string;
  readonly target: string;
  readonly kind: TransitionKind;
  readonly errors: readonly string[];
}

/** A piece of work in the order's trace. */
export interface Span {
  readonly id: string;
  /** The span that it is a part of, or that called it. */
  readonly parent: string | null;
  readonly name: string;
  readonly origin: string | null;
  readonly startedAt: string;
  /** Null while it is in progress. */
  readonly endedAt: string | null;
  readonly failed: boolean;
  readonly detail: string | null;
}

export interface Trace {
  readonly orderId: string;
  readonly workflow: "STANDARD" | "EXPRESS" | "DURABLE" | null;
  readonly source: "EXECUTION" | "STATUSES";
  readonly outcome: Outcome | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly redrives: number;
  readonly error: string | null;
  readonly steps: readonly Step[];
  readonly nodes: readonly Node[];
  readonly transitions: readonly Transition[];
  /** Null when the order was not traced. */
  readonly traceId: string | null;
  readonly spans: readonly Span[];
}

/** One transition's name, for sets. */
export const arrow = (source: string, target: string): string => `${source}\n${target}`;

/** The things that have a key in common, in their order. */
export function grouped<Key, Thing>(things: readonly Thing[], key: (thing: Thing) => Key): Map<Key, Thing[]> {
  const groups = new Map<Key, Thing[]>();
  for (const thing of things) {
    const group = groups.get(key(thing));
    if (group) group.push(thing);
    else groups.set(key(thing), [thing]);
  }
  return groups;
}
