import { describe, expect, it } from "vitest";
import { ApiError, fromGraphQL } from "../src/api/errors";
import { readConfig } from "../src/config";
import { formatMoney, formatMs } from "../src/format";
import { readChange, readHistory, Unexpected } from "../src/model";
import { readReport } from "../src/report";

const CHANGE = { orderId: "a", customerId: "c", version: 1, status: "RECEIVED", at: "2026-11-20T18:00:00.000Z", reason: null };

describe("what is read", () => {
  it("is what the contract says, or refused", () => {
    expect(readChange(CHANGE).status).toBe("RECEIVED");
    for (const wrong of [null, [], { ...CHANGE, version: 0 }, { ...CHANGE, version: 1.5 }, { ...CHANGE, status: "LOST" }, { ...CHANGE, at: 1 }]) {
      expect(() => readChange(wrong)).toThrow(Unexpected);
    }
    expect(readHistory({ orderId: "a", version: 1, changes: [CHANGE] }).changes).toHaveLength(1);
  });

  it("configures the page, with null for what is not deployed", () => {
    const least = { region: "r", cognito: null, userPoolId: "p", userPoolClientId: "c", graphql: "g", realtime: "w" };
    expect(readConfig(least)).toMatchObject({ rest: null, websocket: null, demo: null, catalogue: null, report: null });
    expect(() => readConfig({ ...least, graphql: undefined })).toThrow(Unexpected);
  });

  it("is a report of the comparison", () => {
    const channel = {
      name: "poll",
      title: "Polling",
      mode: "alone",
      commitToReceiptMs: { count: 1, least: 1, p50: 2, p95: 3, p99: 4, greatest: 5 },
      perOrder: { requests: 9.5, bytes_in: 1000 },
      missed: 2,
      cost: { usdPerMillionOrders: 12.5 },
    };
    const report = readReport({ date: "2026-11-20T18:00:00+00:00", orders: 5, worries: ["Busy."], caveats: ["One machine."], channels: [channel] });
    expect(report.caveats).toEqual(["Busy.", "One machine."]);
    expect(report.channels[0]).toEqual({
      name: "poll",
      title: "Polling",
      mode: "alone",
      latency: { p50: 2, p95: 3, p99: 4 },
      requests: 9.5,
      bytes: 1000,
      missed: 2,
      usd: 12.5,
    });
  });
});

describe("errors", () => {
  it("are told apart by AppSync's type, and by its absence", () => {
    const problem = (...errors: object[]) => fromGraphQL({ data: null, errors }).problem;
    expect(problem({ errorType: "OrderNotCancellable", message: "Packed." })).toBe("not-cancellable");
    expect(problem({ errorType: "UnauthorizedException", message: "Token has expired." })).toBe("not-signed-in");
    expect(problem({ name: "NetworkError", message: "A network error has occurred." })).toBe("offline");
    expect(problem({ errorType: "InternalError", message: "Ours." })).toBe("fault");
    expect(fromGraphQL(new TypeError("Failed to fetch")).problem).toBe("offline");
  });

  it("say whether the same may be sent again in doubt", () => {
    expect(new ApiError("offline", "").uncertain).toBe(true);
    expect(new ApiError("invalid", "").uncertain).toBe(false);
  });
});

describe("numbers", () => {
  it("are money with as many digits as its currency has", () => {
    expect(formatMoney(420, "EUR")).toBe("€4.20");
    expect(formatMoney(1200, "JPY")).toBe("¥1,200");
    expect(formatMoney(2750, "KWD").replace("\u00a0", " ")).toBe("KWD 2.750");
  });

  it("are times that fit a column", () => {
    expect([formatMs(7.4), formatMs(1500), formatMs(120_000)]).toEqual(["7 ms", "1.5 s", "2 min"]);
  });
});
