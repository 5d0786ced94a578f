/** How old changes are for who is answered at an order's end, or at fixed times before: `compare/model/ages.py`. */
import { bisect, lasts } from "./forms";

/** Time is cut into so many slices. */
const SLICES = 400;

/** Changes after which so many are left: how long before the next answer they come, and how many come earlier. */
interface Stage {
  readonly rest: number;
  /** Seconds to the next answer, ascending. */
  readonly until: readonly number[];
  /** The weight of all those from each place on. */
  readonly weight: readonly number[];
}

export class Ages {
  readonly #stages: readonly Stage[];
  readonly #most: number;

  /** `stages` are the changes after the first. */
  constructor(
    stages: number,
    private readonly dwell: number,
    hold: number,
  ) {
    this.#stages = Array.from({ length: Math.max(0, stages - 1) }, (_, n) => {
      const slices = slicesOf(n + 1, dwell)
        .map(([middle, weight]) => [hold - (middle % hold), weight / stages] as const)
        .sort(([first], [second]) => first - second);
      const weight: number[] = [];
      slices.reduceRight((sum, [, each], at) => (weight[at] = sum + each), 0);
      return { rest: stages - n - 1, until: slices.map(([until]) => until), weight };
    });
    this.#most = Math.min(hold, 60 * dwell * stages);
  }

  mean(): number {
    const step = this.#most / SLICES;
    let sum = 0;
    for (let slice = 0; slice < SLICES; slice += 1) sum += this.#older((slice + 0.5) * step);
    return step * sum;
  }

  /** The age that so large a share of changes does not exceed. */
  quantile(share: number): number {
    return bisect(this.#most, 30, (age) => this.#older(age) > 1 - share);
  }

  /** The share of changes that are older than this when they are learned of. */
  #older(age: number): number {
    let sum = 0;
    for (const { rest, until, weight } of this.#stages) {
      sum += (weight[firstAbove(until, age)] ?? 0) * lasts(rest, this.dwell, age);
    }
    return sum;
  }
}

/** The place of the first value above `bound` among ascending ones; their number when none is. */
function firstAbove(values: readonly number[], bound: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Middles and weights of slices of the time that so many stages last together. */
function slicesOf(stages: number, dwell: number): (readonly [middle: number, weight: number])[] {
  const top = stages * dwell + 10 * Math.sqrt(stages) * dwell;
  const edges = Array.from({ length: SLICES + 1 }, (_, n) => (top * n) / SLICES);
  const longer = edges.map((edge) => lasts(stages, dwell, edge));
  return Array.from({ length: SLICES }, (_, n) => {
    const middle = ((edges[n] ?? 0) + (edges[n + 1] ?? 0)) / 2;
    return [middle, (longer[n] ?? 0) - (longer[n + 1] ?? 0)] as const;
  }).filter(([, weight]) => weight > 1e-9);
}
