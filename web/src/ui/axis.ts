/** A linear axis from 0 to a round value: twice as much is twice as far. The same rule as `compare/axis.py`. */

export interface Axis {
  readonly top: number;
  readonly ticks: readonly number[];
  /** Where a value is, as an SVG length: a plot is as wide as its screen. */
  readonly at: (value: number) => string;
}

/** `few` ticks at most, at round distances. */
export function linear(most: number, few = 8): Axis {
  const step = most > 0 ? stepOf(most, few) : 1;
  const count = Math.max(1, Math.ceil(Number((most / step).toFixed(9))));
  const top = count * step;
  return {
    top,
    ticks: Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(12))),
    at: (value) => percent(value / top),
  };
}

export const percent = (share: number): string => `${Number((100 * Math.min(1, Math.max(0, share))).toFixed(2))}%`;

function stepOf(most: number, few: number): number {
  const power = 10 ** Math.floor(Math.log10(most / few));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => most / step <= few) ?? most;
}

/** Labels at the ends stay within the plot. */
export const anchor = (n: number, all: number): "start" | "middle" | "end" => (n === 0 ? "start" : n === all - 1 ? "end" : "middle");
