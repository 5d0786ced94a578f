import "./page";
import { describe, expect, it } from "vitest";
import { type Import, type Progress, type Refusal, MOST_BYTES, MOST_REFUSALS, faultOf, isBinary, merge, readProgress, settle } from "../src/imports/model";
import { formOf, problemOf } from "../src/imports/upload";
import { words } from "../src/imports/words";

const refusal = (line: number): Refusal => ({ line, code: "OUT_OF_RANGE", reason: "quantity: must be 1 to 999" });
const imported = (more: Partial<Import> = {}): Import => ({
  id: "9316701d-0e9c-5aac-8ab6-3c64fabbf3d5",
  fileName: "orders.csv",
  size: 812,
  status: "RUNNING",
  version: 3,
  reason: null,
  detail: null,
  lines: 10,
  accepted: 3,
  repeated: 0,
  refused: 1,
  createdAt: "2026-11-30T10:00:00.000Z",
  updatedAt: "2026-11-30T10:00:01.000Z",
  duplicateOf: null,
  reportUrl: null,
  refusals: [refusal(4)],
  ...more,
});
const progress = (more: Partial<Progress> = {}): Progress => ({
  id: "9316701d-0e9c-5aac-8ab6-3c64fabbf3d5",
  customerId: "ada",
  status: "RUNNING",
  version: 4,
  reason: null,
  detail: null,
  lines: 10,
  accepted: 5,
  repeated: 0,
  refused: 2,
  at: "2026-11-30T10:00:02.000Z",
  refusals: [refusal(7)],
  ...more,
});

describe("a file", () => {
  it.each([
    ["orders.csv", 1, null],
    ["ORDERS.CSV", MOST_BYTES, null],
    ["orders.csv", MOST_BYTES + 1, "too-large"],
    ["orders.csv", 0, "empty"],
    ["orders.xlsx", 10, "not-csv"],
    [`${"x".repeat(252)}.csv`, 10, "long-name"],
  ])("%s of %i bytes: %s", (name, size, fault) => {
    expect(faultOf({ name, size })).toBe(fault);
  });

  it("is no text when it has a byte that no text has", () => {
    expect(isBinary(new TextEncoder().encode("orderId,sku\n1,Blåbær"))).toBe(false);
    expect(isBinary(Uint8Array.of(0x50, 0x4b, 3, 4, 0x14, 0))).toBe(true);
  });
});

describe("progress", () => {
  it("is read as the contract has it, and refused otherwise", () => {
    expect(readProgress(progress())).toEqual(progress());
    expect(readProgress(progress({ lines: null, reason: "NOT_CSV", detail: "line 3" }))).toMatchObject({ lines: null, reason: "NOT_CSV" });
    expect(() => readProgress({ ...progress(), status: "LOST" })).toThrow(/progress.status/);
    expect(() => readProgress({ ...progress(), refusals: [{ line: "4" }] })).toThrow(/refusals\[0\].line/);
  });

  it("adds its refused lines to those before, each once and in the file's order", () => {
    const merged = merge(imported({ refusals: [refusal(4), refusal(9)], refused: 2 }), progress({ refused: 3, refusals: [refusal(9), refusal(7)] }));
    expect(merged?.refusals.map(({ line }) => line)).toEqual([4, 7, 9]);
    expect([merged?.version, merged?.accepted, merged?.refused]).toEqual([4, 5, 3]);
  });

  it("of an older version changes no count, and yet tells of its lines", () => {
    const merged = merge(imported({ version: 5 }), progress());
    expect([merged?.version, merged?.accepted, merged?.refusals.length]).toEqual([5, 3, 2]);
  });

  it("asks for a read when lines were lost, and at the end, for the report", () => {
    expect(merge(null, progress())).toBeNull();
    expect(merge(imported(), progress({ refused: 3 }))).toBeNull();
    expect(merge(imported(), progress({ status: "COMPLETED" }))).toBeNull();
  });

  it("takes on without lines that no answer has either", () => {
    const refusals = Array.from({ length: 100 }, (_, n) => refusal(n + 2));
    expect(merge(imported({ refused: 100, refusals }), progress({ refused: 900, refusals: [] }))?.refused).toBe(900);
  });
});

describe("an answer", () => {
  it("stands when it is not older, with the lines of both", () => {
    expect(settle(null, imported())).toEqual(imported());
    const done = imported({ status: "COMPLETED", version: 9, reportUrl: "https://x", refusals: [refusal(4)] });
    expect(settle(imported({ refusals: [refusal(8)] }), done)).toEqual({ ...done, refusals: [refusal(4), refusal(8)] });
    expect(settle(done, imported({ refusals: [] })).status).toBe("COMPLETED");
  });

  it("never shows more lines than a page bears", () => {
    const many = Array.from({ length: 400 }, (_, n) => refusal(2 * n));
    const others = Array.from({ length: 400 }, (_, n) => refusal(2 * n + 1));
    const { refusals } = settle(imported({ refusals: many }), imported({ refusals: others }));
    expect([refusals.length, refusals.at(-1)?.line]).toEqual([MOST_REFUSALS, MOST_REFUSALS - 1]);
  });
});

describe("an upload", () => {
  it("has the form's fields before the file: S3 ignores what follows it", () => {
    const form = formOf({ fields: [{ name: "key", value: "k" }, { name: "policy", value: "p" }] }, new Blob(["a,b"]));
    expect([...form.keys()]).toEqual(["key", "policy", "file"]);
  });

  it.each([
    [400, "<Error><Code>EntityTooLarge</Code></Error>", "changed"],
    [400, "<Error><Code>EntityTooSmall</Code></Error>", "changed"],
    [403, "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>", "expired"],
    [403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", "refused"],
    [500, "", "refused"],
  ])("answered %i %s is %s", (status, body, problem) => {
    expect(problemOf(status, body)).toBe(problem);
  });
});

describe("the sentence about an import", () => {
  it("tells how far it is in one sentence", () => {
    expect(words.sentence(imported())).toBe("Under way. 4 of 10 lines done: 3 accepted, 0 repeated, 1 refused.");
    expect(words.sentence(imported({ lines: null }))).toMatch(/^Under way\. 4 lines done/);
  });

  it("tells how many refused lines are not shown", () => {
    expect(words.refusals.more(1, true)).toBe("1 more is not shown here: the report has them all.");
  });
});
