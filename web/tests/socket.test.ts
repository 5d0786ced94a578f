import "./browser";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Conversation, type Line, PATIENCE, socketLink } from "../src/channels/socket";
import { FakeLine } from "./line";

/** Stands for the browser's sockets: nothing connects, and the test is the server. */
class FakeSocket {
  static all: FakeSocket[] = [];
  readonly OPEN = 1;
  readyState = 1;
  closed = false;
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(message: unknown): void {
    this.sent.push(message);
  }
  close(): void {
    this.closed = true;
  }
}

const real = globalThis.WebSocket;

describe("socketLink", () => {
  let fresh: boolean[];
  let line: Line;
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    fresh = [];
    globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
  });
  afterEach(() => {
    vi.useRealTimers();
    globalThis.WebSocket = real;
  });

  const begin = async (lasts = 3_600_000, ping = true): Promise<{ events: FakeLine; close: () => void; again: () => Promise<FakeLine> }> => {
    const link = socketLink({
      name: "events",
      lasts: () => Promise.resolve(lasts),
      address: (isFresh) => {
        fresh.push(isFresh);
        return Promise.resolve({ url: "ws://fake" });
      },
      converse: (to): Conversation => {
        line = to;
        return { begin: () => to.send("hello"), hear: () => undefined, silence: 1_000, end: () => to.send("bye"), ...(ping ? { ping: () => to.send("ping") } : {}) };
      },
    });
    const open = async (): Promise<{ events: FakeLine; close: () => void }> => {
      const events = new FakeLine();
      const close = link(events, new Map());
      await vi.advanceTimersByTimeAsync(0);
      return { events, close };
    };
    return { ...(await open()), again: async () => (await open()).events };
  };
  const socket = (): FakeSocket => {
    const last = FakeSocket.all.at(-1);
    if (!last) throw new Error("No socket was opened.");
    return last;
  };

  it("begins when the socket is open, and is lost when nobody answers", async () => {
    const { events } = await begin();
    socket().onopen?.();
    expect(socket().sent).toEqual(["hello"]);
    await vi.advanceTimersByTimeAsync(PATIENCE);
    expect(events.reports).toEqual(["lost"]);
  });

  it("asks for a sign of life after a silence, and is lost without one", async () => {
    const { events } = await begin();
    socket().onmessage?.({ data: "x" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket().sent).toEqual(["ping"]);
    socket().onmessage?.({ data: "pong" });
    await vi.advanceTimersByTimeAsync(999);
    expect(events.reports).toEqual([]);
    await vi.advanceTimersByTimeAsync(1 + PATIENCE);
    expect(events.reports).toEqual(["lost"]);
  });

  it("is lost after a silence where the server itself gives signs of life", async () => {
    const { events } = await begin(3_600_000, false);
    socket().onmessage?.({ data: "x" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(events.reports).toEqual(["lost"]);
  });

  it("connects anew before the token's time is up", async () => {
    const { events } = await begin(61_500);
    for (let second = 0; second < 3; second += 1) {
      socket().onmessage?.({ data: "x" });
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(events.reports).toEqual(["lost"]);
  });

  it("takes a fresh token once when one was refused, and not again and again", async () => {
    const { again } = await begin();
    line.lost(true);
    await again();
    line.lost(true);
    await again();
    expect(fresh).toEqual([false, true, false]);
  });

  it("says goodbye when it is closed, and nothing after that", async () => {
    const { events, close } = await begin();
    socket().onmessage?.({ data: "x" });
    close();
    expect(socket().sent).toEqual(["bye"]);
    expect(socket().closed).toBe(true);
    expect(socket().onclose).toBeNull();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events.reports).toEqual([]);
  });
});
