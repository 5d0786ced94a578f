import { describe, expect, it } from "vitest";
import { type Place, type Redriven, ageOf, isMoving, redriveAll } from "../src/letters/model";

const redriven = (more: Partial<Redriven>): Redriven => ({ matched: 3, redriven: 0, failures: [], more: false, move: null, ...more });

async function redrive(...answers: Redriven[]): Promise<{ outcome: Awaited<ReturnType<typeof redriveAll>>; calls: number }> {
  let calls = 0;
  const outcome = await redriveAll(() => {
    const answer = answers[calls];
    calls += 1;
    if (!answer) throw new Error("called too often");
    return Promise.resolve(answer);
  });
  return { outcome, calls };
}

describe("a redrive", () => {
  it("goes on while there is more and something goes back", async () => {
    const { outcome, calls } = await redrive(redriven({ redriven: 2, more: true }), redriven({ redriven: 1 }));
    expect([outcome.redriven, outcome.more, calls]).toEqual([3, false, 2]);
  });

  it("stops where nothing goes back any more, and counts each failure once", async () => {
    const failures = [{ id: "m1", reason: "broken" }];
    const { outcome, calls } = await redrive(redriven({ redriven: 1, more: true, failures }), redriven({ more: true, failures }));
    expect([outcome.redriven, outcome.more, calls]).toEqual([1, true, 2]);
    expect([...outcome.failures]).toEqual([["m1", "broken"]]);
  });

  it("says that SQS has begun to move", async () => {
    const move = { status: "RUNNING" as const, moved: 0, total: 3, failure: null };
    expect((await redrive(redriven({ move }))).outcome.moving).toBe(true);
  });
});

describe("a place", () => {
  const place: Place = { name: "orders", purpose: "", way: "MOVE", depth: 1, oldestAt: null, move: null };

  it("is moving while SQS works on it", () => {
    const move = { moved: 0, total: 1, failure: null };
    expect(isMoving(place)).toBe(false);
    expect(isMoving({ ...place, move: { ...move, status: "RUNNING" } })).toBe(true);
    expect(isMoving({ ...place, move: { ...move, status: "COMPLETED" } })).toBe(false);
  });
});

describe("an age", () => {
  it.each([
    [0, "0 s"],
    [59, "59 s"],
    [61, "1 min"],
    [7_300, "2 h"],
    [200_000, "2 d"],
  ])("of %i seconds is %s", (seconds, text) => {
    expect(ageOf("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:00Z") + seconds * 1_000)).toBe(text);
  });
});
