import { describe, expect, it } from "vitest";
import type { Status, Summary } from "../src/model";
import { Board } from "../src/orders/board";
import { View, isWhole, normalize, statusesOf } from "../src/orders/view";

const order = (id: string, status: Status, minute: number): Summary => ({
  ...{ id, status, customerId: "ada", version: 1, currency: "EUR", total: 1, itemCount: 1, reason: null, updatedAt: "" },
  createdAt: `2026-11-30T12:${String(minute).padStart(2, "0")}:00.000Z`,
});

/** Lists of two statuses, two orders a page; `orders` may grow. */
function shop(orders: Summary[]) {
  const requests: [Status, string | null][][] = [];
  const added = new Set<string>();
  const page = (status: Status, cursor: string | null) => {
    const all = orders.filter((order) => order.status === status && (cursor === null || order.createdAt < cursor));
    const some = all.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).slice(0, 2);
    return { orders: some, nextToken: all.length > 2 ? (some.at(-1)?.createdAt ?? null) : null };
  };
  const board = new Board(
    {
      allOrders: (cursors: ReadonlyMap<Status, string | null>) => {
        requests.push([...cursors]);
        return Promise.resolve(new Map([...cursors].map(([status, cursor]) => [status, page(status, cursor)] as const)));
      },
    },
    (some) => some.forEach(({ id }) => added.add(id)),
  );
  return { board, asked: requests, added };
}

describe("the board", () => {
  it("shows all statuses down to where each of them was read", async () => {
    const { board, asked: requests, added } = shop([
      ...[9, 8, 3].map((minute) => order(`d${minute}`, "DELIVERED", minute)),
      ...[7, 1].map((minute) => order(`f${minute}`, "FAILED", minute)),
    ]);
    await board.load();
    expect(board.horizon(["DELIVERED", "FAILED"])).toBe("2026-11-30T12:08:00.000Z");
    expect(board.horizon(["FAILED"])).toBeNull();
    await board.more(["DELIVERED", "FAILED"]);
    expect(requests.at(-1)).toEqual([["DELIVERED", "2026-11-30T12:08:00.000Z"]]);
    expect(board.horizon(["DELIVERED", "FAILED"])).toBeNull();
    expect([...added].sort()).toEqual(["d3", "d8", "d9", "f1", "f7"]);
  });

  it("keeps what it read further, unless more came meanwhile than a page holds", async () => {
    const orders = [9, 8, 7, 6, 5].map((minute) => order(`d${minute}`, "DELIVERED", minute));
    const { board } = shop(orders);
    await board.load();
    await board.more(["DELIVERED"]);
    expect(board.horizon(["DELIVERED"])).toContain(":06:");
    orders.push(order("d10", "DELIVERED", 10));
    await board.load();
    expect(board.horizon(["DELIVERED"])).toContain(":06:");
    for (const minute of [11, 12, 13]) orders.push(order(`d${minute}`, "DELIVERED", minute));
    await board.load();
    expect(board.horizon(["DELIVERED"])).toContain(":12:");
  });
});

describe("a list's choice", () => {
  it("is a status, a group, or a part of the number in any status", () => {
    const view = new View();
    const failed = order("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b", "FAILED", 1);
    expect([view.narrow, view.shows(failed)]).toEqual([false, true]);
    view.choice.value = "OPEN";
    expect([view.narrow, view.shows(failed)]).toEqual([true, false]);
    view.text.value = " No. 3F2B8C1E ";
    expect(view.shows(failed)).toBe(true);
    view.text.value = "3f2b8c1f";
    expect(view.shows(failed)).toBe(false);
    expect(statusesOf("UNDELIVERED")).toEqual(["CANCELLED", "REJECTED", "EXPIRED", "FAILED"]);
    expect([isWhole(`Order ${failed.id.toUpperCase()}`), isWhole("3f2b8c1e")]).toEqual([true, false]);
    expect(normalize("order 3f")).toBe("3f");
  });
});
