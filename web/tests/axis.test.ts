import { describe, expect, it } from "vitest";
import { linear } from "../src/ui/axis";

describe("an axis", () => {
  it("begins at zero, and shows half as much half as long", () => {
    const { at, ticks, top } = linear(39.7);
    expect([ticks[0], top]).toEqual([0, 40]);
    expect([at(0), at(20), at(40)]).toEqual(["0%", "50%", "100%"]);
  });

  it("has few and round ticks", () => {
    expect(linear(3.2, 5).ticks).toEqual([0, 1, 2, 3, 4]);
    expect(linear(0.05).ticks.at(-1)).toBe(0.05);
    for (const most of [0, 1, 7, 8.1, 99, 3_500]) expect(linear(most).ticks.length).toBeLessThanOrEqual(9);
  });
});
