import { watchable } from "./page";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api/errors";
import type { Events } from "../src/api/subscription";
import { Watcher } from "../src/live/watcher";

interface Doc {
  readonly version: number;
  readonly text: string;
}

const doc = (version: number, text = ""): Doc => ({ version, text });

/** A server whose answers are given by hand, and the other end of its subscriptions. */
class Server {
  reads = 0;
  opened = 0;
  closed = 0;
  events: Events<Doc> | null = null;
  answer: () => Promise<Doc> = () => Promise.resolve(doc(1));

  watch(): Watcher<Doc, Doc> {
    return new Watcher<Doc, Doc>({
      read: () => {
        this.reads += 1;
        return this.answer();
      },
      open: (events) => {
        this.opened += 1;
        this.events = events;
        return () => {
          this.closed += 1;
        };
      },
      settle: (current, answer) => (current === null || answer.version >= current.version ? answer : current),
      merge: (current, news) => (current !== null && news.version > current.version + 1 ? null : news),
      ended: ({ text }) => text === "ended",
    });
  }
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe("a watched document", () => {
  let server: Server;
  beforeEach(() => {
    vi.useFakeTimers();
    watchable.online = true;
    server = new Server();
  });
  afterEach(() => vi.useRealTimers());

  it("is read, then subscribed to, then read again: only then it is live", async () => {
    const watcher = server.watch().start();
    await settled();
    expect([watcher.value.value?.version, watcher.state.value, server.reads, server.opened]).toEqual([1, "connecting", 1, 1]);
    server.answer = () => Promise.resolve(doc(3));
    server.events?.live();
    await settled();
    expect([watcher.value.value?.version, watcher.state.value, server.reads]).toEqual([3, "live", 2]);
    server.events?.pushed(doc(4));
    expect(watcher.value.value?.version).toBe(4);
    watcher.stop();
    expect(server.closed).toBe(1);
  });

  it("does not trust a read that began before the subscription was live", async () => {
    let answer: (value: Doc) => void = () => undefined;
    const watcher = server.watch().start();
    await settled();
    server.answer = () => new Promise((resolve) => (answer = resolve));
    watcher.nudge();
    server.events?.live();
    expect(server.reads).toBe(2);
    answer(doc(1));
    await settled();
    expect([watcher.state.value, server.reads]).toEqual(["connecting", 3]);
    answer(doc(2));
    await settled();
    expect([watcher.state.value, watcher.value.value?.version]).toEqual(["live", 2]);
  });

  it("is read again after each reconnect, and now and then while there is none", async () => {
    const watcher = server.watch().start();
    await settled();
    server.events?.live();
    await settled();
    server.events?.lost();
    expect([watcher.state.value, server.closed]).toEqual(["away", 1]);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(server.opened).toBe(2);
    server.answer = () => Promise.resolve(doc(9));
    server.events?.live();
    expect(watcher.state.value).toBe("behind");
    await settled();
    expect([watcher.state.value, watcher.value.value?.version]).toEqual(["live", 9]);
    server.events?.lost();
    const { reads } = server;
    await vi.advanceTimersByTimeAsync(61_000);
    expect(server.reads).toBeGreaterThan(reads);
    watcher.stop();
  });

  it("is read when an event was lost or cannot be read, and when nothing comes, ever less often", async () => {
    const watcher = server.watch().start();
    await settled();
    server.events?.live();
    await settled();
    server.answer = () => Promise.resolve(doc(5));
    server.events?.pushed(doc(4));
    await settled();
    expect([watcher.value.value?.version, server.reads]).toEqual([5, 3]);
    server.events?.pushed(null);
    await settled();
    expect(server.reads).toBe(4);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(server.reads).toBeGreaterThanOrEqual(7);
    expect(server.reads).toBeLessThanOrEqual(9);
    watcher.stop();
    const { reads } = server;
    await vi.advanceTimersByTimeAsync(200_000);
    expect(server.reads).toBe(reads);
  });

  it("is tried again when it cannot be reached, and not when that is final", async () => {
    server.answer = () => Promise.reject(new ApiError("offline", ""));
    const watcher = server.watch().start();
    await settled();
    expect([watcher.state.value, watcher.problem.value, server.opened]).toEqual(["away", null, 0]);
    server.answer = () => Promise.reject(new ApiError("off", ""));
    await vi.advanceTimersByTimeAsync(21_000);
    expect([watcher.problem.value, server.reads, server.opened]).toEqual(["off", 2, 0]);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(server.reads).toBe(2);
    server.answer = () => Promise.resolve(doc(1));
    watcher.nudge();
    await settled();
    expect([watcher.problem.value, watcher.value.value?.version, server.opened]).toEqual([null, 1, 1]);
    watcher.stop();
  });

  it("is read even where no subscription ever goes live", async () => {
    const watcher = server.watch().start();
    await settled();
    for (let tries = 0; tries < 5; tries += 1) {
      server.events?.lost();
      await vi.advanceTimersByTimeAsync(11_000);
    }
    expect([server.reads > 2, watcher.state.value]).toEqual([true, "away"]);
    server.answer = () => Promise.resolve(doc(7));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(watcher.value.value?.version).toBe(7);
    watcher.stop();
  });

  it("hangs up when a later read is refused for good", async () => {
    const watcher = server.watch().start();
    await settled();
    server.events?.live();
    await settled();
    server.answer = () => Promise.reject(new ApiError("staff-only", ""));
    watcher.nudge();
    await settled();
    const { reads } = server;
    await vi.advanceTimersByTimeAsync(200_000);
    expect([watcher.problem.value, server.closed, server.reads]).toEqual(["staff-only", 1, reads]);
  });

  it("needs no connection once it has ended", async () => {
    const watcher = server.watch().start();
    await settled();
    server.events?.live();
    await settled();
    server.events?.pushed(doc(2, "ended"));
    expect([watcher.state.value, server.closed]).toEqual(["live", 1]);
    const { reads } = server;
    watcher.nudge();
    await vi.advanceTimersByTimeAsync(200_000);
    expect([server.reads, server.opened]).toEqual([reads, 1]);
  });

  it("knows when it last changed, however often it is read", async () => {
    const watcher = server.watch().start();
    await settled();
    server.events?.live();
    await settled();
    const { value: first } = watcher.changedAt;
    await vi.advanceTimersByTimeAsync(100_000);
    expect(watcher.changedAt.value).toBe(first);
    server.events?.pushed(doc(2));
    expect(watcher.changedAt.value).toBeGreaterThan(first);
    watcher.stop();
  });
});
