import { describe, expect, it } from "vitest";
import { advise, breaks } from "../src/choosing/advice";
import { answerText } from "../src/choosing/answer";
import { MODEL } from "../src/choosing/document";
import { type Estimate, estimateAll } from "../src/choosing/estimate";
import { formatSpan, formatTick, formatUsd } from "../src/choosing/formats";
import { CHANGES, FOLLOWERS, LIVES, loadOf, ORDERS, START, type Wish } from "../src/choosing/load";
import { besideMarks, logScale, spread } from "../src/choosing/scales";
import { type Branch, TREE } from "../src/choosing/words";

const channel = (name: string, usd: number, more: Partial<Estimate> = {}): Estimate => ({
  name,
  title: name.toUpperCase(),
  kind: "told",
  pushes: true,
  usd,
  lines: [],
  mean: 0.2,
  p95: 0.5,
  bound: false,
  missed: 0,
  first: { key: "q", quota: { item: "Service: units", limit: 100, adjustable: true, confidence: "A" }, orders: 100 },
  assumptions: [],
  confidence: { usd: "B", late: "B" },
  ...more,
});

describe("advise", () => {
  it("takes the cheapest that pushes soon enough, and the cheapest of all", () => {
    const slow = channel("slow", 1, { pushes: false, p95: 20 });
    const late = channel("late", 2, { p95: 1.01 });
    const fine = channel("fine", 3);
    const { best, cheapest } = advise([channel("dear", 9), fine, late, slow], 1);
    expect([best?.name, cheapest?.name]).toEqual(["fine", "slow"]);
  });

  it("takes none whose quota breaks, and no webhook", () => {
    const broken = channel("broken", 1);
    const bears = channel("bears", 5, { first: null });
    expect(breaks(broken, 100)).toBe(false);
    expect(breaks(broken, 101)).toBe(true);
    expect(advise([broken, bears, channel("webhook", 0.1, { first: null })], 101).best).toBe(bears);
    expect(advise([broken], 101)).toEqual({ best: null, cheapest: null });
  });
});

describe("the answer", () => {
  const answer = (wish: Wish): string => {
    const load = loadOf(wish);
    return answerText(wish, advise(estimateAll(load, MODEL), load.rate));
  };

  it("is one sentence on dollars and lateness, and one on what breaks", () => {
    const text = answer(START);
    expect(text).toMatch(/^For 10,000 orders a day, each followed by one page for 20 min: .+ costs \$[\d.,]+ a month/);
    expect(text).toMatch(/learns of a change after (at least )?[\d.]+ s on average, and of 95 in 100 within/);
    expect(text).toMatch(/It breaks first at [\d.,]+ orders a second, [\d.,]+ times this load: .+\.$/);
  });

  it("says when nothing bears the load", () => {
    expect(answer({ ...START, orders: 10_000_000, followers: 100 })).toContain("no channel that pushes bears it");
  });

  it("has a figure for every place of every slider", () => {
    for (const orders of ORDERS) expect(answer({ ...START, orders })).not.toMatch(/NaN|undefined|Infinity/);
    for (const life of LIVES) expect(answer({ ...START, life })).not.toMatch(/NaN|undefined|Infinity/);
    for (const followers of FOLLOWERS) expect(answer({ ...START, followers })).not.toMatch(/NaN|undefined|Infinity/);
    for (const changes of CHANGES) expect(answer({ ...START, changes })).not.toMatch(/NaN|undefined|Infinity/);
    for (const values of [ORDERS, LIVES, FOLLOWERS, CHANGES]) expect(values).toEqual([...values].sort((a, b) => a - b));
    expect([ORDERS.includes(START.orders), LIVES.includes(START.life), CHANGES.includes(START.changes)]).toEqual([true, true, true]);
  });
});

describe("the decision tree", () => {
  const names = ({ channels = [], branches = [] }: Branch): string[] => [...channels, ...branches.flatMap(names)];

  it("leads to channels of the model, each once", () => {
    const leaves = names(TREE);
    expect(new Set(leaves).size).toBe(leaves.length);
    const channelNames = MODEL.channels.map(({ name }) => name);
    expect(leaves.filter((name) => !channelNames.includes(name))).toEqual([]);
    // A control is no way to tell anybody, and a fixed interval is never the better way to poll.
    expect(channelNames.filter((name) => !leaves.includes(name))).toEqual(["poll-fixed", "synchronous"]);
  });
});

describe("scales", () => {
  it("hold all values between two of their ticks", () => {
    for (const values of [[3, 1_390], [0.23, 12], [7, 7], [1_000, 10_000], [0.004, 0.03], [5, 2e9]]) {
      const { place, ticks } = logScale(values, 0, 100);
      for (const value of values) {
        expect(place(value)).toBeGreaterThanOrEqual(0);
        expect(place(value)).toBeLessThanOrEqual(100.000001);
      }
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(11);
    }
    expect(logScale([0.23, 12], 0, 100).ticks).toEqual([0.2, 0.5, 1, 2, 5, 10, 20]);
    expect(logScale([3, 1_390], 0, 100).ticks).toEqual([10, 100, 1_000]);
  });

  it("place each tick by its own value, the one below all values too", () => {
    const { place, ticks } = logScale([4, 90], 0, 100);
    expect(ticks).toEqual([2, 5, 10, 20, 50, 100]);
    expect(place(2)).toBe(0);
    expect(place(10) - place(5)).toBeCloseTo(place(20) - place(10));
    expect(place(5) - place(2)).toBeCloseTo(place(50) - place(20));
  });

  it("go either way, and bear a zero", () => {
    const { place } = logScale([1, 100], 200, 0);
    expect([place(1), place(10), place(100), place(0)]).toEqual([200, 100, 0, 200]);
    expect(logScale([], 0, 100).place(1)).toBe(0);
  });

  it("spread labels, each in its order, within the picture", () => {
    expect(spread([10, 11, 50], 10, 100)).toEqual([10, 20, 50]);
    expect(spread([95, 99, 98], 10, 100)).toEqual([80, 100, 90]);
    expect(spread([], 10, 100)).toEqual([]);
  });

  it("put a label beyond the marks that it would cover", () => {
    const mark = { x: 100, y: 50 };
    const near = { x: 140, y: 52 };
    const begins = (others: { x: number; y: number }[], toLeft = false) => besideMarks(mark, 50, { x: 60, y: 12 }, [mark, ...others], toLeft);
    expect(begins([])).toBe(124);
    expect(begins([near])).toBe(164);
    expect(begins([{ x: 140, y: 90 }])).toBe(124);
    expect(begins([{ x: 200, y: 50 }])).toBe(124);
    expect(begins([{ x: 200, y: 50 }, near])).toBe(224);
    expect(begins([near], true)).toBe(76);
    expect(begins([{ x: 60, y: 50 }], true)).toBe(36);
  });
});

describe("figures", () => {
  it("have no more digits than they are worth", () => {
    expect([0.001, 0.42, 42.851, 1_312.4, 123_456].map(formatUsd)).toEqual(["less than $0.01", "$0.42", "$42.85", "$1,310", "$123,000"]);
    expect([0.234, 30, 1_200, 5_400].map(formatSpan)).toEqual(["0.23 s", "30 s", "20 min", "1.5 h"]);
    expect([0.5, 1, 2_000, 5e6].map(formatTick)).toEqual(["$0.50", "$1", "$2K", "$5M"]);
  });
});
