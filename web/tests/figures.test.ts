import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { digitsOf, toMajor } from "../src/currency";
import { columnsOf, roundUp } from "../src/figures/columns";
import { type Minute, type ShopFigures, isSilent, minutesOf, newer, ordersOf, readFigures, sumOf, underWay } from "../src/figures/model";
import { Pace } from "../src/ui/pace";
import { words } from "../src/figures/words";
import { formatMoney, formatSize } from "../src/format";

const AT = "2026-11-30T10:30:12.500Z";
const figures = (more: Partial<ShopFigures> = {}): ShopFigures => ({
  version: 7,
  at: AT,
  windowSeconds: 5,
  deadLetters: 1,
  statuses: [
    { status: "RECEIVED", now: 2, entries: 9 },
    { status: "SHIPPED", now: 1, entries: 7 },
    { status: "DELIVERED", now: 5, entries: 5 },
    { status: "FAILED", now: 1, entries: 1 },
  ],
  minutes: [
    { minute: "2026-11-30T10:28:00.000Z", entries: [{ status: "RECEIVED", count: 4 }] },
    {
      minute: "2026-11-30T10:30:00.000Z",
      entries: [
        { status: "RECEIVED", count: 5 },
        { status: "SHIPPED", count: 3 },
        { status: "DELIVERED", count: 2 },
        { status: "FAILED", count: 1 },
        { status: "CANCELLED", count: 1 },
      ],
    },
  ],
  revenue: [{ currency: "JPY", amount: "98765432109876543210", orders: 5 }],
  delivery: { orders: 5, p50Ms: 4_210.4, p95Ms: 9_120, averageMs: 5_000 },
  ...more,
});

describe("an amount in minor units", () => {
  it.each([
    ["123456", "EUR", "1234.56"],
    ["5", "EUR", "0.05"],
    ["-5", "EUR", "-0.05"],
    ["123456", "JPY", "123456"],
    ["5", "KWD", "0.005"],
    ["1234567", "KWD", "1234.567"],
    ["98765432109876543210", "USD", "987654321098765432.10"],
  ])("%s of %s is %s, to the last digit", (minor, currency, major) => {
    expect(toMajor(BigInt(minor), currency)).toBe(major);
  });

  it("is written with as many decimals as ISO 4217 has, whatever is usual", () => {
    expect(["EUR", "JPY", "KWD", "HUF", "IQD", "XXX"].map(digitsOf)).toEqual([2, 0, 3, 2, 3, 2]);
    expect(formatMoney(98_765_432_109_876_543_210n, "JPY")).toBe("¥98,765,432,109,876,543,210");
    expect(formatMoney(1_234_567n, "KWD")).toBe("KWD\u00a01,234.567");
    expect(formatMoney(420, "EUR")).toBe("€4.20");
    expect(formatMoney(12_345n, "HUF")).toBe("HUF\u00a0123.45");
  });
});

describe("figures", () => {
  it("are read as the contract has them, and refused otherwise", () => {
    expect(readFigures(figures())).toEqual(figures());
    expect(readFigures({ ...figures(), delivery: { orders: 0 } }).delivery).toEqual({ orders: 0, p50Ms: null, p95Ms: null, averageMs: null });
    expect(() => readFigures({ ...figures(), revenue: [{ currency: "EUR", amount: "1.5", orders: 1 }] })).toThrow(/revenue\[0\].amount/);
    expect(() => readFigures({ ...figures(), statuses: [{ status: "LOST", now: 1, entries: 1 }] })).toThrow(/statuses\[0\].status/);
  });

  it("of a greater version stand, however late another comes", () => {
    const old = figures({ version: 6 });
    expect(newer(null, old)).toBe(old);
    expect(newer(old, figures()).version).toBe(7);
    expect(newer(figures(), old).version).toBe(7);
    const later = figures({ at: "2026-11-30T10:31:00.000Z" });
    expect(newer(figures(), later)).toBe(later);
    expect(newer(later, figures())).toBe(later);
  });

  it("count sixty minutes, those without an order too, up to the one that is going on", () => {
    const minutes = minutesOf(figures());
    expect(minutes).toHaveLength(60);
    expect(minutes.at(-1)).toEqual({ at: Date.parse("2026-11-30T10:30:00Z"), received: 5, delivered: 2, undelivered: 2 });
    expect(minutes.at(-2)).toEqual({ at: Date.parse("2026-11-30T10:29:00Z"), received: 0, delivered: 0, undelivered: 0 });
    expect(minutes[0]?.at).toBe(Date.parse("2026-11-30T09:31:00Z"));
    expect(sumOf(minutes)).toEqual({ received: 9, delivered: 2, undelivered: 2 });
  });

  it("tell orders under way from those that have ended", () => {
    expect([underWay(figures()), ordersOf(figures())]).toEqual([3, 9]);
  });

  it("are silent after three windows without news, and never sooner than a person notices", () => {
    expect(isSilent(figures(), 0, 20_000)).toBe(false);
    expect(isSilent(figures(), 0, 20_001)).toBe(true);
    expect(isSilent(figures({ windowSeconds: 60 }), 0, 180_000)).toBe(false);
  });

  it("are said in one sentence", () => {
    expect(words.announce(figures(), minutesOf(figures()).at(-1) ?? null)).toMatch(
      /^Figures of .+, 5 orders in the last full minute, 3 under way, 5 delivered, 95 % within 9.1 s, 1 dead letter\.$/,
    );
    expect(words.delivery.summary(figures({ delivery: { orders: 0, p50Ms: null, p95Ms: null, averageMs: null } }).delivery)).toMatch(/^Nothing/);
  });
});

describe("columns", () => {
  const minute = (received: number, delivered: number, undelivered: number): Minute => ({ at: 0, received, delivered, undelivered });

  it("stand on one line, what came in above it and what ended below it, by one scale", () => {
    const { zero, columns, ticks } = columnsOf([minute(10, 4, 2), minute(0, 0, 0)], 30, 130, 0, 200);
    const [first, second] = columns;
    expect(first?.received).toEqual({ y: zero - (first?.received.height ?? 0), height: first?.received.height });
    expect((first?.received.height ?? 0) / (first?.delivered.height ?? 1)).toBeCloseTo(10 / 4);
    expect(first?.undelivered.y).toBeCloseTo(zero + (first?.delivered.height ?? 0));
    expect(second?.received.height).toBe(0);
    expect((second?.x ?? 0) + (second?.width ?? 0)).toBeLessThanOrEqual(130);
    for (const { y } of ticks) expect(y).toBeGreaterThanOrEqual(0);
    expect(ticks.map(({ value }) => value)).toEqual([10, 5, 0, 5, 10]);
  });

  it("stay within the picture for any counts", () => {
    for (const [received, delivered] of [[0, 0], [1, 0], [3_400, 7], [7, 3_400]] as const) {
      const { zero, columns } = columnsOf([minute(received, delivered, 1)], 0, 100, 10, 210);
      expect(zero).toBeGreaterThan(10);
      expect(columns[0]?.received.y).toBeGreaterThanOrEqual(10);
      expect((columns[0]?.undelivered.y ?? 0) + (columns[0]?.undelivered.height ?? 0)).toBeLessThanOrEqual(210.001);
    }
  });

  it("are labelled by whole, round counts", () => {
    expect([0.5, 1, 1.5, 3, 11, 34.5, 1_701].map(roundUp)).toEqual([1, 1, 2, 5, 20, 50, 2_000]);
  });
});

describe("a pace", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("says the newest, never sooner than it may, and nothing twice", () => {
    const spoken: string[] = [];
    const pace = new Pace(5_000, (text) => spoken.push(text));
    pace.offer("one");
    vi.advanceTimersByTime(0);
    for (const text of ["two", "three", "four"]) pace.offer(text);
    vi.advanceTimersByTime(4_999);
    expect(spoken).toEqual(["one"]);
    vi.advanceTimersByTime(1);
    expect(spoken).toEqual(["one", "four"]);
    pace.offer("five");
    pace.offer("four");
    vi.advanceTimersByTime(10_000);
    pace.offer("six");
    pace.stop();
    vi.advanceTimersByTime(10_000);
    expect(spoken).toEqual(["one", "four"]);
  });
});

describe("a size", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_234, "1.23 KB"],
    [10_485_760, "10 MB"],
  ])("of %i bytes is %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
