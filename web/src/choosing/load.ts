/** What the sliders can be set to. Loads differ by powers of ten, so each slider goes through a list. */
import type { Load } from "./estimate";

const DAY = 86_400;

export const ORDERS: readonly number[] = [2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((first) => first * 10 ** power)).concat(10_000_000);
/** Seconds. */
export const LIVES: readonly number[] = [5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800];
export const FOLLOWERS: readonly number[] = [1, 2, 3, 5, 10, 20, 50, 100];
export const CHANGES: readonly number[] = Array.from({ length: 19 }, (_, n) => n + 2);

/** The load as a person says it. */
export interface Wish {
  readonly orders: number;
  readonly life: number;
  readonly followers: number;
  readonly changes: number;
  readonly region: string;
}

export const START: Wish = { orders: 10_000, life: 1_200, followers: 1, changes: 6, region: "us-east-1" };

export const loadOf = ({ orders, ...load }: Wish): Load => ({ ...load, rate: orders / DAY });
