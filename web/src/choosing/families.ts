/** What one follower of one order takes, by the kind of follower: `compare/model/families.py` and `asking.py`. */
import { Ages } from "./ages";
import type { FamilyDocument, ModelDocument, Pause } from "./document";
import { counted, lasts, lateQuantile, lookAhead, type Range, type Waits } from "./forms";

export interface Counts {
  readonly changes: number;
  readonly requests: number;
  readonly fruitful: number;
  readonly reads: number;
  readonly held: number;
  readonly connected: number;
  /** Seconds from each change to its receipt, of all changes after the first together. */
  readonly late: number;
  readonly missed: number;
  /** What 95 of 100 changes wait; null where lateness is no matter of waiting. */
  readonly wait95: number | null;
}

const NOTHING = { requests: 0, fruitful: 0, reads: 0, held: 0, connected: 0, late: 0, missed: 0, wait95: null };

export function countsOf(family: FamilyDocument, changes: number, dwell: number, model: ModelDocument): Counts {
  switch (family.kind) {
    case "told":
      return pushedCounts(family, changes, dwell, model);
    case "asking":
      return asking(family.pauses, changes, dwell, model);
    case "held":
      return family.until === "end" ? toTheEnd(family.hold, changes, dwell, model) : heldCounts(family, changes, dwell, model);
  }
}

type PushedFamily = Extract<FamilyDocument, { kind: "told" }>;
type HeldFamily = Extract<FamilyDocument, { kind: "held" }>;

function pushedCounts({ readsFirst, connects }: PushedFamily, changes: number, dwell: number, { quiet }: ModelDocument): Counts {
  const stages = changes - 1;
  const requests = stages * counted(silences(quiet), 1, dwell) + (readsFirst ? 1 : 0);
  return { ...NOTHING, changes, requests, connected: connects ? dwell * stages : 0 };
}

function* silences([base, cap]: ModelDocument["quiet"]): Generator<number, never> {
  let total = 0;
  for (let pause = base; ; pause = Math.min(cap, pause * 2)) {
    total += pause;
    yield total;
  }
}

function asking(pauses: readonly Pause[], changes: number, dwell: number, { answer, poll }: ModelDocument): Counts {
  const waits = pauses.map((pause) => pollWaits(pause, answer, poll));
  const last = waits.at(-1) ?? { steps: [], over: false };
  const looks = lookAhead(changes, dwell, (learned) => waits[learned - 1] ?? last);
  return {
    ...NOTHING,
    changes,
    requests: 1 + looks.looks,
    fruitful: 1 + looks.fruitful,
    held: (1 + looks.looks) * answer,
    late: looks.late,
    missed: looks.missed,
    wait95: lateQuantile(looks, 0.95),
  };
}

/** All the ranges of a poller's waits, an answer's time added, up to where they no longer grow. */
function pollWaits(pause: Pause, answer: number, poll: number): Waits {
  const base = pause.base ?? poll;
  const cap = Math.max(pause.cap ?? poll, base);
  const wait = (vain: number): number => (pause.doubles ? Math.min(cap, base * 2 ** Math.min(vain, 30)) : base);
  const lows = [wait(0)];
  while (pause.doubles && (lows.at(-1) ?? cap) < cap) lows.push(wait(lows.length));
  return { steps: lows.map((low): Range => [low + answer, low * (1 + pause.jitter) + answer]), over: false };
}

function heldCounts(family: HeldFamily, changes: number, dwell: number, model: ModelDocument): Counts {
  const waits = serverReads(model);
  const looks = lookAhead(changes, dwell, () => waits);
  const requests = (family.asksFirst ? 1 : 0) + looks.fruitful + looks.rounds;
  return {
    ...NOTHING,
    changes,
    requests,
    fruitful: 1 + looks.fruitful,
    // Each held request reads at once, and then as it waits.
    reads: looks.looks + looks.fruitful + looks.rounds,
    held: dwell * (changes - 1) + looks.late / (changes - 1) + requests * model.answer,
    late: looks.late,
    missed: looks.missed,
    wait95: lateQuantile(looks, 0.95),
  };
}

/** Calls that answer when the order is final, or when their time is up. */
function toTheEnd(hold: number, changes: number, dwell: number, model: ModelDocument): Counts {
  const stages = changes - 1;
  const { later } = model.held;
  const requests = counted(turns(hold), stages, dwell);
  // How late it is takes a hundred times as long to compute as what it costs.
  const ages = once(() => new Ages(stages, dwell, hold));
  const late = once(() => stages * (ages().mean() + later / 2));
  const wait95 = once(() => ages().quantile(0.95) + later / 2);
  const looks = lookAhead(changes, dwell, () => ({ steps: [[hold, hold]], over: false }));
  return {
    ...NOTHING,
    changes,
    requests,
    fruitful: requests,
    reads: readsToTheEnd(hold, stages, dwell, model),
    held: dwell * stages + later / 2 + requests * model.answer,
    missed: changes - looks.fruitful - lasts(1, dwell, hold),
    get late() {
      return late();
    },
    get wait95() {
      return wait95();
    },
  };
}

/** A value that is computed when it is first asked for. */
function once<T>(compute: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => (value ??= { of: compute() }).of;
}

function readsToTheEnd(hold: number, stages: number, dwell: number, model: ModelDocument): number {
  const waits = serverReads(model).steps.map(([wait]) => wait);
  let total = 1;
  for (const begin of turns(hold)) {
    let time = begin;
    let chance = lasts(stages, dwell, time);
    // A read is followed by another unless it found the order final; a new call reads at once.
    for (const wait of waits) {
      total += chance;
      time += wait;
      chance = lasts(stages, dwell, time);
    }
    total += chance;
    if (chance < 1e-9) return total;
  }
  return total;
}

function* turns(hold: number): Generator<number> {
  for (let turn = 0; ; turn += 1) yield hold * turn;
}

/** The distances between the reads of one held request. */
function serverReads({ read, held: { soon, later, growth, hold } }: ModelDocument): Waits {
  const steps: Range[] = [];
  let [pause, total] = [soon, 0];
  while (total < hold - 1e-9) {
    const wait = Math.min(pause, hold - total);
    steps.push([wait + read, wait + read]);
    total += wait;
    pause = Math.min(later, pause * growth);
  }
  return { steps, over: true };
}
