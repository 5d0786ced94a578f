/** The steps of a trace, state by state: how often it was entered, how it went, how long it took. */
import { type Step, type StepOutcome, type Trace, arrow, grouped } from "./model";

export interface Visit {
  readonly steps: readonly Step[];
  /** The worst that became of it; running as long as one of its steps runs. */
  readonly outcome: StepOutcome;
  readonly retries: number;
  /** The last error's name. */
  readonly error: string | null;
  readonly enteredAt: string;
  /** Milliseconds from the first entry to the last exit; null where that is not known. */
  readonly took: number | null;
}

const WORST: readonly StepOutcome[] = ["RUNNING", "FAILED", "ABORTED", "CAUGHT", "SUCCEEDED"];

/** What became of each state that was entered, by its name. */
export function visits(steps: readonly Step[]): ReadonlyMap<string, Visit> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  /** Where a step stands, by names: a branch that was entered again stands where the one before it stood. */
  const place = (step: Step): string => {
    // What is around it was entered before it.
    const parent = step.parent !== null && step.parent < step.id ? byId.get(step.parent) : undefined;
    return `${parent ? place(parent) : ""}/${step.index} ${step.name}`;
  };
  const visited = new Map<string, Visit>();
  for (const [name, all] of grouped(steps, (step) => step.name)) {
    // A step that failed and was entered again later, by a retry around it or a redrive, was made good.
    const last = [...new Map(all.map((step) => [place(step), step])).values()];
    const entered = all.map((step) => step.enteredAt).sort();
    const ends = all.map((step) => step.leftAt);
    const first = entered[0] ?? "";
    visited.set(name, {
      steps: all,
      outcome: WORST.find((outcome) => last.some((step) => step.outcome === outcome)) ?? "SUCCEEDED",
      retries: all.reduce((sum, step) => sum + step.retries, 0),
      error: last.findLast((step) => step.error !== null)?.error ?? null,
      enteredAt: first,
      took: ends.includes(null) ? null : Math.max(...ends.map((at) => Date.parse(at ?? ""))) - Date.parse(first),
    });
  }
  return visited;
}

/** The transitions that were taken: from one step to the next in the same branch or iteration. */
export function passedTransitions({ steps, transitions, source }: Trace): ReadonlySet<string> {
  const passed = new Set<string>();
  // An order's changes name some of its states, not what lay between them.
  if (source === "STATUSES") return passed;
  const possible = new Set(transitions.map((transition) => arrow(transition.source, transition.target)));
  const before = new Map<string, Step>();
  for (const step of steps) {
    const line = `${step.parent} ${step.index}`;
    const name = arrow(before.get(line)?.name ?? "", step.name);
    if (possible.has(name)) passed.add(name);
    before.set(line, step);
  }
  return passed;
}
