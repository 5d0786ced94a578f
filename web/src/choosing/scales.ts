/** Where a value stands in a picture, and where its label does. No drawing in here. */

export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

const MOST_TICKS = 7;
/** Pixels between a mark and its label. */
const LABEL_GAP = 24;

/** A logarithmic scale from `start` to `end` in pixels, between two of 1, 2, 5, 10, 20 … that hold all values. */
export function logScale(values: readonly number[], start: number, end: number): Scale {
  const positive = values.filter((value) => value > 0);
  const least = positive.length > 0 ? Math.min(...positive) : 1;
  const most = positive.length > 0 ? Math.max(...positive) : 10;
  const marks = marksBetween(least, most);
  const low = Math.log10(marks[0] ?? least);
  const high = Math.log10(marks.at(-1) ?? most);
  const tens = marks.filter((mark) => Number.isInteger(roundLog(mark)));
  return {
    // A zero has no logarithm: it stands where the scale begins.
    place: (value) => start + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (end - start),
    ticks: marks.length <= MOST_TICKS || tens.length < 2 ? marks : tens,
  };
}

/** A power of ten has a whole logarithm, but for what floating point makes of it. */
const roundLog = (value: number): number => Math.round(Math.log10(value) * 1e9) / 1e9;

/** 1, 2, 5, 10, 20 …: from the last that is not above the least value to the first that is not below the most. */
function marksBetween(least: number, most: number): number[] {
  const first = Math.floor(roundLog(least));
  const all: number[] = [];
  for (let power = first; 10 ** power <= most * 10; power += 1) for (const digit of [1, 2, 5]) all.push(digit * 10 ** power);
  const from = Math.max(0, all.findLastIndex((mark) => mark <= least * (1 + 1e-9)));
  const to = all.findIndex((mark, n) => n > from && mark >= most * (1 - 1e-9));
  return all.slice(from, to + 1);
}

/** Move labels apart that stand closer than `gap`, and keep them within `most`; the order stays as it is. */
export function spread(places: readonly number[], gap: number, most: number): number[] {
  const order = places.map((_, n) => n).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  const moved = [...places];
  let last = -Infinity;
  for (const n of order) {
    last = Math.max(places[n] ?? 0, last + gap);
    moved[n] = last;
  }
  // What was pushed out at the end pushes the others back.
  let next = most + gap;
  for (const n of [...order].reverse()) {
    next = Math.min(moved[n] ?? 0, next - gap);
    moved[n] = next;
  }
  return moved;
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Where a label begins to the right of its mark, or ends to the left: beyond each mark that its line of text would cover. */
export function besideMarks(mark: Spot, line: number, size: Spot, marks: readonly Spot[], toLeft: boolean): number {
  const side = toLeft ? -1 : 1;
  const inLine = marks.filter(({ y }) => Math.abs(y - line) < size.y);
  let from = mark.x;
  for (const { x } of inLine.sort((a, b) => side * (a.x - b.x))) {
    const ahead = side * (x - from);
    if (ahead > 0 && ahead < LABEL_GAP + size.x) from = x;
  }
  return from + side * LABEL_GAP;
}
