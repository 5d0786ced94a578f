import { describe, expect, it } from "vitest";
import { Book, type BookEvent } from "../src/live/book";
import { atOnce, Backoff, fixed, quiet } from "../src/live/rhythm";
import { type Change, type History, GOOD_LIFE } from "../src/model";

const ID = "e073f4df-78c1-5283-bfb1-7455a507bb8f";
const OTHER = "9316701d-0e9c-5aac-8ab6-3c64fabbf3d5";

const change = (version: number, orderId = ID): Change => ({
  orderId,
  version,
  status: GOOD_LIFE[version - 1] ?? "FAILED",
  at: "2026-11-20T18:00:00.000Z",
  reason: null,
});
const history = (version: number, after = 0): History => ({
  orderId: ID,
  version,
  changes: Array.from({ length: version - after }, (_, n) => change(after + n + 1)),
});
const up: BookEvent = { kind: "up", histories: [] };
const down: BookEvent = { kind: "down", retryIn: 500 };
const pushed = (version: number | null, orderId = ID): BookEvent => ({
  kind: "pushed",
  change: version === null ? null : change(version, orderId),
});
const read = (epoch: number, history: History | null): BookEvent => ({ kind: "read", orderId: ID, epoch, took: 10, history: history });
const shown = (book: Book, event: BookEvent, now = 0): number[] => book.take(event, now, 0).map(({ version }) => version);

function following(): Book {
  const book = new Book(true, quiet());
  book.track(ID);
  return book;
}

describe("Book", () => {
  it("reads nothing before the subscription is live, and is live only once history is read after it", () => {
    const book = following();
    expect(book.beginReads(0, 9)).toEqual([]);
    book.take(up, 0, 0);
    expect(book.state).toBe("behind");
    const [started] = book.beginReads(0, 9);
    expect(started?.epoch).toBe(1);
    expect(shown(book, read(1, history(2)))).toEqual([1, 2]);
    expect(book.state).toBe("live");
  });

  it("reads history again after every reconnect, however current it was", () => {
    const book = following();
    book.take(up, 0, 0);
    book.beginReads(0, 9);
    book.take(read(1, history(2)), 0, 0);
    book.take(down, 10, 0);
    book.take(up, 20, 0);
    expect(book.state).toBe("behind");
    expect(book.beginReads(20, 9).map(({ epoch }) => epoch)).toEqual([2]);
    expect(shown(book, read(2, history(3, 2)), 30)).toEqual([3]);
    expect(book.state).toBe("live");
  });

  it("does not trust a read that began before a reconnect", () => {
    const book = following();
    book.take(up, 0, 0);
    book.beginReads(0, 9);
    book.take(down, 0, 0);
    book.take(up, 0, 0);
    // It may lack what was published while nobody listened.
    expect(shown(book, read(1, history(1)))).toEqual([1]);
    expect(book.state).toBe("behind");
    expect(book.beginReads(0, 9).map(({ epoch }) => epoch)).toEqual([2]);
    expect(shown(book, read(2, history(3, 1)))).toEqual([2, 3]);
    expect(book.state).toBe("live");
  });

  it("reads history when a version is missing, after a moment's grace", () => {
    const book = following();
    book.take(up, 0, 0);
    book.beginReads(0, 9);
    book.take(read(1, history(1)), 0, 0);
    expect(shown(book, pushed(3), 1000)).toEqual([]);
    expect(book.state).toBe("behind");
    expect(book.nextDue()).toBe(1100);
    expect(book.beginReads(1100, 9)).toHaveLength(1);
    expect(shown(book, read(1, history(3, 1)), 1110)).toEqual([2, 3]);
    expect(book.state).toBe("live");
  });

  it("reads history for an event that could not be read, and when an order stays quiet", () => {
    const book = following();
    book.take(up, 0, 0);
    book.beginReads(0, 9);
    book.take(read(1, history(1)), 0, 0);
    expect(book.nextDue()).toBe(5000);
    book.take(pushed(null), 1000, 0);
    expect(book.beginReads(1000, 9)).toHaveLength(1);
    expect(shown(book, read(1, history(1, 1)), 1010)).toEqual([]);
    expect(book.nextDue()).toBe(1010 + 10_000);
  });

  it("shows nothing twice and misses nothing over any number of cuts", () => {
    const book = following();
    const versions: number[] = [];
    for (let version = 1; version <= 6; version += 1) {
      versions.push(...shown(book, up));
      const [started] = book.beginReads(0, 9);
      versions.push(...shown(book, pushed(version)));
      if (started) versions.push(...shown(book, read(started.epoch, history(version))));
      versions.push(...shown(book, pushed(version)), ...shown(book, down));
    }
    expect(versions).toEqual([1, 2, 3, 4, 5, 6]);
    expect(book.finished).toBe(true);
  });

  it("is away when the connection is lost, says when it tries again, and goes on reading", () => {
    const book = following();
    book.take(up, 0, 0);
    book.take(down, 100, 0);
    expect([book.state, book.retryAt]).toEqual(["away", 600]);
    expect(book.beginReads(100, 9)).toHaveLength(1);
    expect(shown(book, read(1, history(2)), 110)).toEqual([1, 2]);
    expect(book.state).toBe("away");
  });

  it("takes orders of its own accord only when it follows all of them", () => {
    const all = new Book(true, quiet(), true);
    all.take(up, 0, 0);
    expect(shown(all, pushed(1, OTHER))).toEqual([1]);
    const followed = following();
    followed.take(up, 0, 0);
    expect(shown(followed, pushed(1, OTHER))).toEqual([]);
  });

  it("takes the history that a connection brings", () => {
    const book = following();
    expect(shown(book, { kind: "up", histories: [history(2)] })).toEqual([1, 2]);
    expect(book.state).toBe("live");
    expect([...book.open]).toEqual([[ID, 2]]);
  });

  it("without a link only reads, tells when that fails, and stops at the end", () => {
    const book = new Book(false, fixed(() => 700));
    book.track(ID);
    expect(book.beginReads(0, 9)).toHaveLength(1);
    expect(shown(book, read(0, history(2)), 50)).toEqual([1, 2]);
    expect([book.state, book.nextDue()]).toEqual(["live", 750]);
    book.beginReads(750, 9);
    book.take(read(0, null), 760, 0);
    expect(book.state).toBe("away");
    expect(book.nextDue()).toBeGreaterThan(760);
    book.beginReads(99_999, 9);
    expect(shown(book, read(0, history(6, 2)), 99_999)).toEqual([3, 4, 5, 6]);
    expect([book.state, book.nextDue(), book.finished]).toEqual(["live", null, true]);
  });
});

describe("rhythms", () => {
  it("asks at once after news or a wait that was kept, and not of a server that answers early", () => {
    const rhythm = atOnce(25_000, () => 250);
    expect(rhythm({ waits: 0, took: 5 })).toBe(0);
    expect(rhythm({ waits: 1, took: 24_000 })).toBe(0);
    expect(rhythm({ waits: 1, took: 5 })).toBe(250);
  });

  it("waits ever longer between tries, up to a cap, and begins again", () => {
    const backoff = new Backoff(200, 1000, () => 1);
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([200, 400, 800, 1000]);
    backoff.reset();
    expect(backoff.next()).toBe(200);
  });
});
