import { describe, expect, it } from "vitest";
import { type Orchestrator, readOrchestrators } from "../src/orchestrators/model";
import { crashed, dollars, units, visible } from "../src/orchestrators/words";

const variant = (more: Record<string, unknown>) => ({
  name: "durable",
  title: "Durable function",
  how: "replayed",
  orders: 50,
  addedMs: 812.5,
  transitionsPerOrder: 0,
  durableOperationsPerOrder: 14.2,
  cost: { usdPerMillionOrders: 148.34, confidence: "B" },
  unpriced: ["data written by checkpoints"],
  codeLines: 301,
  limit: "a year",
  kept: "every operation, 14 days",
  afterwards: { asked: "GetDurableExecutionHistory", events: 52, answer: "SUCCEEDED" },
  crash: { orders: 3, delivered: 3, doubled: 0, lateMs: 1290 },
  ...more,
});

const document = (...variants: unknown[]) =>
  readOrchestrators({ date: "2026-11-30T10:00:00+00:00", orders: 50, pausesSeconds: 3, worries: [], variants });

const only = (more: Record<string, unknown> = {}): Orchestrator => {
  const [first] = document(variant(more)).variants;
  if (first === undefined) throw new Error("there is none");
  return first;
};

describe("the comparison of orchestrators", () => {
  it("is read as it is written", () => {
    expect(only()).toMatchObject({ name: "durable", added: 812.5, lines: 301, events: 52, crash: { late: 1290 } });
    expect(only({ addedMs: null, codeLines: null, afterwards: null, crash: null })).toMatchObject({ added: null, lines: null, events: null, crash: null });
  });

  it.each(["durableOperationsPerOrder", "cost", "unpriced", "kept"])("without %s is refused", (name) => {
    expect(() => only({ [name]: undefined })).toThrow();
  });

  it("names what an order is billed by", () => {
    expect(units(only())).toBe("14.2 operations");
    const workflow = { durableOperationsPerOrder: 0, transitionsPerOrder: 8.6 };
    expect(units(only({ ...workflow, name: "standard" }))).toBe("8.6 transitions");
    expect(units(only({ ...workflow, name: "express" }))).toBe("1 request and its time");
  });

  it("marks a sum that lacks a price", () => {
    expect(dollars(only())).toBe("≥ $148.34 (B)");
    expect(dollars(only({ unpriced: [] }))).toBe("$148.34 (B)");
  });

  it("says what a crash came to", () => {
    expect(crashed({ orders: 3, delivered: 3, doubled: 0, late: 1290 })).toBe("1.3 s later; none lost, no change twice");
    expect(crashed({ orders: 3, delivered: 2, doubled: 1, late: -20 })).toBe("0.0 s later; 1 of 3 not delivered, 1 changes twice");
  });

  it("says what is visible afterwards", () => {
    expect(visible(only())).toBe("52 events; every operation, 14 days");
    expect(visible(only({ afterwards: { asked: "DescribeExecution", events: null, answer: "ExecutionDoesNotExist" } }))).toBe(
      "nothing by its API; every operation, 14 days",
    );
  });
});
