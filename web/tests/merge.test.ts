import { describe, expect, it } from "vitest";
import { Merge } from "../src/live/merge";

const versions = (...all: number[]) => all.map((version) => ({ version }));

describe("Merge", () => {
  it("hands out each version once and in order, whatever the order of arrival", () => {
    // Every permutation of five versions, each version arriving twice.
    const permutations = (all: number[]): number[][] =>
      all.length < 2 ? [all] : all.flatMap((element) => permutations(all.filter((other) => other !== element)).map((rest) => [element, ...rest]));
    for (const order of permutations([1, 2, 3, 4, 5])) {
      const merge = new Merge();
      const out = order.flatMap((version) => merge.offer(versions(version, version))).map(({ version }) => version);
      expect(out).toEqual([1, 2, 3, 4, 5]);
      expect(merge.gap).toBe(false);
      expect(merge.dropped).toBe(5);
    }
  });

  it("holds what lies beyond a gap", () => {
    const merge = new Merge(2);
    expect(merge.offer(versions(4, 5))).toEqual([]);
    expect(merge.gap).toBe(true);
    expect(merge.offer(versions(1, 2, 3))).toEqual(versions(3, 4, 5));
    expect([merge.gap, merge.version, merge.dropped]).toEqual([false, 5, 2]);
  });
});
