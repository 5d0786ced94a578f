/**
 * Closed forms: how often a client must ask, and how late it learns, when dwell times are exponential.
 *
 * The same as `compare/model/forms.py`, which derives them; `tests/vectors/model.json` holds both to the same
 * results. All times are in seconds.
 */

/** A wait is drawn from a range: so many points stand for it. */
const POINTS = 8;
const MOST_STEPS = 400;

export type Range = readonly [low: number, high: number];

/** The distances between the looks of one client since it last learned something. */
export interface Waits {
  /** The n-th is waited after n looks in vain. */
  readonly steps: readonly Range[];
  /** After the last step it begins with the first again; else the last step is repeated. */
  readonly over: boolean;
}

/** What one client takes for one order, on average. */
export interface Looks {
  /** After the first one, at which nothing can be new. */
  looks: number;
  fruitful: number;
  /** How often the steps started over without news. */
  rounds: number;
  /** Seconds from change to look, of all changes after the first together. */
  late: number;
  /** Changes that were learned of with a later one. */
  missed: number;
  /** By the length of a wait, how many changes fell into such. */
  readonly gaps: Map<number, number>;
}

/** What a client takes that looks by `waits`, given by the changes learned of, until it has seen the last one. */
export function lookAhead(changes: number, dwell: number, waits: (learned: number) => Waits): Looks {
  const looks: Looks = { looks: 0, fruitful: 0, rounds: 0, late: 0, missed: 0, gaps: new Map() };
  const arriving = new Array<number>(changes + 1).fill(0);
  arriving[1] = 1;
  for (let learned = 1; learned < changes; learned += 1) visit(looks, arriving, learned, dwell, waits(learned));
  return looks;
}

const silence = (points: readonly number[], dwell: number): number =>
  points.reduce((sum, wait) => sum + Math.exp(-wait / dwell), 0) / points.length;

function visit(looks: Looks, arriving: number[], learned: number, dwell: number, { steps, over }: Waits): void {
  const each = steps.map((step) => {
    const points = pointsOf(step);
    return { points, silent: silence(points, dwell) };
  });
  const vain = each.reduce((product, { silent }) => product * silent, 1);
  const begins = arriving[learned] ?? 0;
  let again = 1;
  if (over && vain < 1) {
    again = 1 / (1 - vain);
    looks.rounds += begins * vain * again;
  }
  let weight = begins * again;
  each.forEach(({ points, silent }, n) => {
    if (!over && n === each.length - 1) weight /= 1 - silent;
    looks.looks += weight;
    for (const wait of points) news(looks, arriving, learned, dwell, wait, weight / points.length);
    weight *= silent;
  });
}

/** Add what may fall into one wait: 1 change, 2 …, all that are left. */
function news(looks: Looks, arriving: number[], learned: number, dwell: number, wait: number, weight: number): void {
  const remaining = arriving.length - 1 - learned;
  const mean = wait / dwell;
  let chance = Math.exp(-mean);
  let sum = chance;
  let fell = 0;
  for (let count = 1; count < remaining; count += 1) {
    chance *= mean / count;
    sum += chance;
    const weighted = weight * chance;
    arriving[learned + count] = (arriving[learned + count] ?? 0) + weighted;
    looks.fruitful += weighted;
    looks.late += (weighted * count * wait) / 2;
    looks.missed += weighted * (count - 1);
    fell += weighted * count;
  }
  const rest = Math.max(0, 1 - sum);
  arriving[learned + remaining] = (arriving[learned + remaining] ?? 0) + weight * rest;
  looks.fruitful += weight * rest;
  looks.missed += weight * rest * (remaining - 1);
  looks.late += weight * lastOnes(remaining, mean, wait, rest, (chance * mean) / remaining);
  looks.gaps.set(wait, (looks.gaps.get(wait) ?? 0) + fell + weight * rest * remaining);
}

/** The lateness of an order's last changes that fall into one wait: the process ends with them. */
function lastOnes(remaining: number, mean: number, wait: number, rest: number, first: number): number {
  if (rest <= 0) return 0;
  let late = 0;
  let chance = first;
  for (let count = remaining; count < remaining + MOST_STEPS; ) {
    late += chance * wait * (remaining - (remaining * (remaining + 1)) / (2 * (count + 1)));
    count += 1;
    chance *= mean / count;
    if (chance < 1e-12 && count > mean) break;
  }
  return late;
}

/** A wait that is always the same needs one point. */
const pointsOf = ([low, high]: Range): number[] =>
  low === high ? [low] : Array.from({ length: POINTS }, (_, point) => low + ((high - low) * (point + 0.5)) / POINTS);

/** The lateness that so large a share of changes does not exceed; a change falls anywhere in its wait. */
export function lateQuantile({ gaps }: Looks, share: number): number {
  const each = [...gaps];
  const total = each.reduce((sum, [, changes]) => sum + changes, 0);
  const within = (age: number): number =>
    each.reduce((sum, [wait, changes]) => (wait > 0 ? sum + changes * Math.min(1, age / wait) : sum), 0);
  return bisect(Math.max(0, ...gaps.keys()), 60, (age) => within(age) < share * total);
}

/** The end of the range from 0 to `most` in which `below` turns false, after so many halvings. */
export function bisect(most: number, times: number, below: (value: number) => boolean): number {
  let [low, high] = [0, most];
  for (let n = 0; n < times; n += 1) {
    const middle = (low + high) / 2;
    if (below(middle)) low = middle;
    else high = middle;
  }
  return high;
}

/** How likely it is that so many exponential stages together last longer than `seconds`. */
export function lasts(stages: number, dwell: number, seconds: number): number {
  const mean = seconds / dwell;
  if (mean > 700) return 0;
  let term = Math.exp(-mean);
  let total = term;
  for (let stage = 1; stage < stages; stage += 1) {
    term *= mean / stage;
    total += term;
  }
  return Math.min(1, total);
}

/** How many of these moments come before the last change, on average; they may go on for ever. */
export function counted(times: Iterable<number>, stages: number, dwell: number): number {
  let total = 0;
  for (const seconds of times) {
    const chance = lasts(stages, dwell, seconds);
    total += chance;
    if (chance < 1e-9) break;
  }
  return total;
}
