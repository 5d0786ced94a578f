import { describe, expect, it } from "vitest";
import { ApiError, fromGraphQL } from "../src/api/errors";
import { readConfig } from "../src/config";
import { formatMoney, formatMs } from "../src/format";
import { readChange, readHistory, Unexpected } from "../src/model";
import { pageOf, readReport } from "../src/report";

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
      mode: "alone",
      commitToReceiptMs: { count: 1, least: 1, p50: 2, p95: 3, p99: 4, greatest: 5 },
    };
    const report = readReport({ date: "2026-11-20T18:00:00+00:00", channels: [channel] });
    expect(report.channels[0]).toEqual({ name: "poll", mode: "alone", latency: { p50: 2, p95: 3, p99: 4 } });
    expect(report.page).toBeNull();
  });

  it("takes a report's page from beside its document, and from nowhere else", () => {
    const document = new URL("https://shop.example/report/latest.json");
    const at = (page: string) => pageOf(readReport({ date: "", channels: [], page }), document)?.href;
    expect(at("2026.html")).toBe("https://shop.example/report/2026.html");
    for (const page of ["../2026.html", "/2026.html", "https://other.example/report/2026.html"]) expect(at(page)).toBeUndefined();
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
