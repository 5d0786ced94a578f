import { describe, expect, it } from "vitest";
import { type Change, type Status } from "../src/model";
import { steps } from "../src/timeline";

const life = (...statuses: Status[]): Change[] =>
  statuses.map((status, n) => ({ orderId: "a", version: n + 1, status, at: "2026-11-20T18:00:00.000Z", reason: null }));
const names = (changes: Change[]) => steps(changes).map(({ status, change }) => (change ? status : status.toLowerCase()));

describe("the timeline", () => {
  it("has as many rows at every moment of a good life", () => {
    expect(names(life())).toEqual(["received", "validated", "confirmed", "packed", "shipped", "delivered"]);
    expect(names(life("RECEIVED", "VALIDATED"))).toEqual(["RECEIVED", "VALIDATED", "confirmed", "packed", "shipped", "delivered"]);
  });

  it("has one row more for an order that must be approved", () => {
    expect(names(life("RECEIVED", "VALIDATED", "AWAITING_APPROVAL"))).toEqual([
      "RECEIVED",
      "VALIDATED",
      "AWAITING_APPROVAL",
      "confirmed",
      "packed",
      "shipped",
      "delivered",
    ]);
  });

  it("puts the end where it came, and says what did not happen", () => {
    const rest = ["confirmed", "packed", "shipped", "delivered"];
    expect(names(life("RECEIVED", "VALIDATED", "FAILED"))).toEqual(["RECEIVED", "VALIDATED", "FAILED", ...rest]);
    expect(names(life("RECEIVED", "CANCELLED"))).toEqual(["RECEIVED", "CANCELLED", "validated", ...rest]);
    expect(names(life("RECEIVED", "VALIDATED", "AWAITING_APPROVAL", "REJECTED"))).toEqual([
      ...["RECEIVED", "VALIDATED", "AWAITING_APPROVAL", "REJECTED"],
      ...rest,
    ]);
  });
});
