/** Where the columns of the last minutes stand: above the line what came in, below it what ended. No drawing in here. */
import type { Minute } from "./model";

export interface Column {
  readonly minute: Minute;
  readonly x: number;
  readonly width: number;
  /** Above the line. */
  readonly received: Piece;
  /** Below the line, beside each other downwards. */
  readonly delivered: Piece;
  readonly undelivered: Piece;
}

export interface Piece {
  readonly y: number;
  readonly height: number;
}

export interface Tick {
  readonly value: number;
  readonly y: number;
}

export interface Columns {
  /** Where the line between in and out is. */
  readonly zero: number;
  readonly columns: readonly Column[];
  readonly ticks: readonly Tick[];
}

/** The next of 1, 2, 5, 10, 20 … that is not below a count; orders are whole. */
export function roundUp(count: number): number {
  for (let power = 1; ; power *= 10) for (const digit of [1, 2, 5]) if (digit * power >= count) return digit * power;
}

/** Columns from `left` to `right`, between `top` and `bottom`, in pixels; both halves have one scale. */
export function columnsOf(minutes: readonly Minute[], left: number, right: number, top: number, bottom: number): Columns {
  const above = Math.max(1, ...minutes.map(({ received }) => received));
  const below = Math.max(1, ...minutes.map(({ delivered, undelivered }) => delivered + undelivered));
  const step = roundUp(Math.max(above, below) / 2);
  const up = Math.ceil(above / step) * step;
  const down = Math.ceil(below / step) * step;
  const scale = (bottom - top) / (up + down);
  const zero = top + up * scale;
  const each = (right - left) / Math.max(1, minutes.length);
  const width = Math.max(1, each - (each > 4 ? 2 : 0.5));
  const ticks: Tick[] = [];
  for (let value = -down; value <= up; value += step) ticks.push({ value: Math.abs(value), y: zero - value * scale });
  return {
    zero,
    ticks,
    columns: minutes.map((minute, n) => ({
      minute,
      x: left + n * each + (each - width) / 2,
      width,
      received: { y: zero - minute.received * scale, height: minute.received * scale },
      delivered: { y: zero, height: minute.delivered * scale },
      undelivered: { y: zero + minute.delivered * scale, height: minute.undelivered * scale },
    })),
  };
}
