import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change, Status } from "../src/model";
import { News } from "../src/orders/news";

const change = (orderId: string, version: number, status: Status = "PACKED"): Change => ({ orderId, version, status, at: "", reason: null });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("news of orders", () => {
  it("is a line for each order, which keeps its place and stays while the order goes on", () => {
    const news = new News();
    const lines = () => news.shown.value.lines.map(({ change: { orderId, version } }) => `${orderId}${version}`);
    news.take([change("a", 2), change("b", 1)]);
    vi.advanceTimersByTime(5_000);
    news.take([change("a", 3), change("a", 2)]);
    expect(lines()).toEqual(["a3", "b1"]);
    vi.advanceTimersByTime(3_000);
    expect(lines()).toEqual(["a3"]);
    vi.advanceTimersByTime(5_000);
    expect(lines()).toEqual([]);
  });

  it("is no flood: three lines, and how many orders more", () => {
    const news = new News();
    news.take(["a", "b", "c", "d", "e", "d"].map((id, n) => change(id, n + 1)));
    expect([news.shown.value.lines.length, news.shown.value.others]).toEqual([3, 2]);
    vi.advanceTimersByTime(8_000);
    expect(news.shown.value).toEqual({ lines: [], others: 0 });
  });

  it("stays while somebody reads it, and goes when it is dismissed", () => {
    const news = new News();
    news.take([change("a", 1), change("b", 1)]);
    news.hold(true);
    vi.advanceTimersByTime(60_000);
    expect(news.shown.value.lines).toHaveLength(2);
    news.dismiss("a");
    expect(news.shown.value.lines).toHaveLength(1);
    news.hold(false);
    vi.advanceTimersByTime(8_000);
    expect(news.shown.value.lines).toEqual([]);
  });
});
