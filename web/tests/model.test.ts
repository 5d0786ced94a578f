/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import vectors from "../../tests/vectors/model.json";
import { MODEL } from "../src/choosing/document";
import { estimate, estimateAll } from "../src/choosing/estimate";
import { counted, lasts, lookAhead } from "../src/choosing/forms";

interface Result {
  readonly usd: number;
  readonly mean: number;
  readonly p95: number;
  readonly bound: boolean;
  readonly missed: number;
  readonly first: string | null;
  readonly orders: number | null;
  readonly confidence: readonly [string, string];
}

describe("the model", () => {
  it.each(vectors.map((vector, n) => [n, vector] as const))("says what the Python side says of load %i", (_, { scenario, channels }) => {
    const estimates = estimateAll(scenario, MODEL);
    expect(estimates.map(({ name }) => name)).toEqual(Object.keys(channels));
    for (const found of estimates) {
      const wanted = (channels as unknown as Readonly<Record<string, Result>>)[found.name];
      if (!wanted) throw new Error(found.name);
      // A bill there counts whole units of a million orders.
      expect(found.usd / wanted.usd, found.name).toBeCloseTo(1, 6);
      for (const key of ["mean", "p95", "missed"] as const) {
        expect(Math.abs(found[key] - wanted[key]), `${found.name} ${key}`).toBeLessThan(1e-8 * (1 + wanted[key]));
      }
      expect(found.first?.key ?? null, found.name).toBe(wanted.first);
      expect((found.first?.orders ?? 0) / (wanted.orders ?? 1), found.name).toBeCloseTo(wanted.orders === null ? 0 : 1, 8);
      expect([found.bound, found.confidence.usd, found.confidence.late], found.name).toEqual([wanted.bound, ...wanted.confidence]);
    }
  });

  it("refuses a Region without prices", () => {
    const [channel] = MODEL.channels;
    if (!channel) throw new Error("no channels");
    expect(() => estimate(channel, { rate: 1, followers: 1, life: 30, changes: 6, region: "moon-1" }, MODEL)).toThrow(RangeError);
  });

  it("counts what arithmetic counts where there is a simple answer", () => {
    expect(lasts(1, 10, 10)).toBeCloseTo(Math.exp(-1), 12);
    expect(counted([0, 10], 1, 10)).toBeCloseTo(1 + Math.exp(-1), 12);
    expect(lookAhead(2, 10, () => ({ steps: [[1, 1]], over: false })).looks).toBeCloseTo(10.51, 2);
  });
});
