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
    for (const estimate of estimates) {
      const wanted = (channels as unknown as Readonly<Record<string, Result>>)[estimate.name];
      if (!wanted) throw new Error(estimate.name);
      // A bill there counts whole units of a million orders.
      expect(estimate.usd / wanted.usd, estimate.name).toBeCloseTo(1, 6);
      for (const key of ["mean", "p95", "missed"] as const) {
        expect(Math.abs(estimate[key] - wanted[key]), `${estimate.name} ${key}`).toBeLessThan(1e-8 * (1 + wanted[key]));
      }
      expect(estimate.first?.key ?? null, estimate.name).toBe(wanted.first);
      expect((estimate.first?.orders ?? 0) / (wanted.orders ?? 1), estimate.name).toBeCloseTo(wanted.orders === null ? 0 : 1, 8);
      expect([estimate.bound, estimate.confidence.usd, estimate.confidence.late], estimate.name).toEqual([wanted.bound, ...wanted.confidence]);
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
