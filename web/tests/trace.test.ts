import { describe, expect, it } from "vitest";
import { type Edge, layered } from "../src/trace/layers";
import { type Picture, picture } from "../src/trace/layout";
import { type Node, type Span, type Step, type Trace, type Transition, arrow } from "../src/trace/model";
import { milliseconds, rows } from "../src/trace/spans";
import { passedTransitions, visits } from "../src/trace/visits";

const node = (name: string, type = "Task", more: Partial<Node> = {}): Node => ({
  name,
  type,
  parent: null,
  branch: null,
  start: false,
  end: false,
  comment: null,
  ...more,
});
const to = (source: string, target: string, kind: Transition["kind"] = "NEXT"): Transition => ({ source, target, kind, errors: [] });
let count = 0;
const step = (name: string, more: Partial<Step> = {}): Step => ({
  id: ++count,
  name,
  type: "Task",
  enteredAt: "2026-11-29T18:00:00.000Z",
  leftAt: "2026-11-29T18:00:01.000Z",
  outcome: "SUCCEEDED",
  retries: 0,
  error: null,
  parent: null,
  index: null,
  ...more,
});
const trace = (steps: Step[], transitions: Transition[] = [], more: Partial<Trace> = {}): Trace => ({
  orderId: "a",
  workflow: "STANDARD",
  source: "EXECUTION",
  outcome: "RUNNING",
  startedAt: null,
  endedAt: null,
  redrives: 0,
  error: null,
  nodes: [],
  steps,
  transitions,
  traceId: null,
  spans: [],
  ...more,
});

const square = (id: string) => ({ id, width: 100, height: 40 });
const edge = (text: string): Edge => ({ source: text.charAt(0), target: text.charAt(1), drawn: true });
const lay = (ids: string, ...edges: string[]) => layered(Array.from(ids).map(square), edges.map(edge));
const below = (layers: ReturnType<typeof lay>, upper: string, lower: string) =>
  (layers.at.get(lower)?.y ?? 0) > (layers.at.get(upper)?.y ?? 0);

describe("layers", () => {
  it("put each node below all that lead to it", () => {
    const layers = lay("abcd", "ab", "ac", "bd", "cd", "ad");
    for (const [upper, lower] of ["ab", "ac", "bd", "cd"]) expect(below(layers, upper ?? "", lower ?? "")).toBe(true);
    expect(layers.at.get("b")?.y).toBe(layers.at.get("c")?.y);
  });

  it("turn what leads back, and draw it from its source to its target all the same", () => {
    const layers = lay("abc", "ab", "bc", "ca", "aa");
    expect(below(layers, "a", "c")).toBe(true);
    const back = layers.ways.find(({ ends }) => ends[0] === "c");
    expect(back?.ends).toEqual(["c", "a"]);
    expect((back?.points.at(0)?.y ?? 0) > (back?.points.at(-1)?.y ?? 0)).toBe(true);
  });

  it("have no nodes that overlap, and the lone ones stand in a column", () => {
    const layers = lay("abcdefg", "ab", "ac", "ad", "ae", "bf", "cf", "df", "ef", "fg");
    const xs = Array.from("bcde").map((id) => layers.at.get(id)?.x ?? 0).sort((a, b) => a - b);
    for (const [n, x] of xs.slice(1).entries()) expect(x - (xs[n] ?? 0)).toBeGreaterThanOrEqual(100);
    expect(layers.at.get("a")?.x).toBeCloseTo(layers.at.get("g")?.x ?? -1);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
    expect(layers.width).toBeGreaterThanOrEqual(Math.max(...xs) + 100);
  });

  it("cross no edges where that can be had", () => {
    const layers = lay("abcdefg", "ab", "ac", "ad", "bg", "cf", "de");
    const order = (ids: string) => Array.from(ids).sort((p, q) => (layers.at.get(p)?.x ?? 0) - (layers.at.get(q)?.x ?? 0));
    expect(order("bcd").map((id) => ({ b: "g", c: "f", d: "e" })[id])).toEqual(order("efg"));
  });

  it("lead a long edge past what stands between", () => {
    const layers = lay("abc", "ab", "bc", "ac");
    const [, middle] = layers.ways.find(({ ends }) => ends[1] === "c" && ends[0] === "a")?.points ?? [];
    const x = layers.at.get("b")?.x ?? 0;
    expect(middle && (middle.x < x || middle.x > x + 100)).toBe(true);
  });

  it("are empty for nothing", () => {
    expect(lay("")).toMatchObject({ width: 0, height: 0 });
  });
});

const NODES = [
  node("Start", "Task", { start: true }),
  node("Both", "Parallel"),
  node("Each", "Map", { parent: "Both", branch: 0, start: true, end: true }),
  node("Take", "Task", { parent: "Each", branch: 0, start: true, end: true }),
  node("Pay", "Task", { parent: "Both", branch: 1, start: true, end: true }),
  node("Done", "Succeed", { end: true }),
  node("Broken", "Fail", { end: true }),
];
const TRANSITIONS = [to("Start", "Both"), to("Both", "Done"), to("Start", "Broken", "CATCH"), to("Both", "Broken", "CATCH")];
const box = (drawn: Picture, name: string) => {
  const box = drawn.boxes.find((candidate) => candidate.node.name === name);
  if (!box) throw new Error(name);
  return box;
};

describe("the picture", () => {
  it("has what is inside a state inside its box, branches side by side", () => {
    const drawn = picture(NODES, TRANSITIONS, new Set());
    for (const [inner, outer] of [["Take", "Each"], ["Each", "Both"], ["Pay", "Both"]] as const) {
      const [small, large] = [box(drawn, inner), box(drawn, outer)];
      expect(small.x).toBeGreaterThan(large.x);
      expect(small.y).toBeGreaterThan(large.y);
      expect(small.x + small.width).toBeLessThan(large.x + large.width);
      expect(small.y + small.height).toBeLessThan(large.y + large.height);
    }
    expect(box(drawn, "Pay").x).toBeGreaterThan(box(drawn, "Each").x + box(drawn, "Each").width);
    expect(drawn.boxes).toHaveLength(NODES.length);
  });

  it("shows the way of an error where it was taken", () => {
    const lines = (...names: string[]) => picture(NODES, TRANSITIONS, new Set(names)).lines.map((line) => arrow(line.source, line.target));
    expect(lines()).toEqual([arrow("Start", "Both"), arrow("Both", "Done")]);
    expect(lines(arrow("Both", "Broken"))).toContain(arrow("Both", "Broken"));
  });

  it("has its boxes in the order in which they are read", () => {
    const names = picture(NODES, TRANSITIONS, new Set()).boxes.map((box) => box.node.name);
    expect(names.slice(0, 5)).toEqual(["Start", "Both", "Each", "Take", "Pay"]);
  });
});

describe("visits", () => {
  it("sum up the iterations of a state", () => {
    const visit = visits([
      step("Take", { parent: 1, index: 0, retries: 2, leftAt: "2026-11-29T18:00:03.000Z" }),
      step("Take", { parent: 1, index: 1, enteredAt: "2026-11-29T18:00:00.500Z", outcome: "CAUGHT", error: "Empty", retries: 1 }),
    ]).get("Take");
    expect(visit).toMatchObject({ outcome: "CAUGHT", retries: 3, error: "Empty", took: 3_000 });
    expect(visit?.steps).toHaveLength(2);
  });

  it("run while one of their steps does, and then have no length", () => {
    const visit = visits([step("A", { index: 0, outcome: "FAILED" }), step("A", { index: 1, outcome: "RUNNING", leftAt: null })]).get("A");
    expect(visit).toMatchObject({ outcome: "RUNNING", took: null });
  });

  it("forget a failure that a redrive made good", () => {
    expect(visits([step("A", { outcome: "FAILED", error: "Bad" }), step("A")]).get("A")).toMatchObject({ outcome: "SUCCEEDED", error: null });
  });
});

describe("a branch", () => {
  it("that was entered anew takes the place of the one before it", () => {
    const [first, again] = [step("Both", { outcome: "FAILED" }), step("Both")];
    const pay = (parent: Step, more: Partial<Step>) => step("Pay", { parent: parent.id, index: 1, ...more });
    const visited = visits([first, again, pay(first, { outcome: "FAILED", error: "Bad" }), pay(again, {})]);
    expect(visited.get("Pay")).toMatchObject({ outcome: "SUCCEEDED", error: null });
    expect(visited.get("Both")).toMatchObject({ outcome: "SUCCEEDED" });
  });
});

describe("the ways that were taken", () => {
  it("lead from step to step in the same branch or iteration", () => {
    const steps = [step("A"), step("P"), step("X", { parent: 2, index: 0 }), step("Y", { parent: 2, index: 1 }), step("B")];
    const possible = [to("A", "P"), to("P", "B"), to("A", "B"), to("X", "Y")];
    expect([...passedTransitions(trace(steps, possible))]).toEqual([arrow("A", "P"), arrow("P", "B")]);
  });

  it("are not known of an order that has no history", () => {
    expect(passedTransitions(trace([step("A"), step("B")], [to("A", "B")], { source: "STATUSES" })).size).toBe(0);
  });
});

const span = (id: string, parent: string | null, startedAt: string, endedAt: string | null): Span => ({
  id,
  parent,
  name: id,
  origin: null,
  startedAt: `2026-11-29T18:00:${startedAt}Z`,
  endedAt: endedAt === null ? null : `2026-11-29T18:00:${endedAt}Z`,
  failed: false,
  detail: null,
});

describe("the waterfall", () => {
  it("puts each span under the one that it is a part of, with times from the start", () => {
    const { total, lines } = rows([
      span("a", null, "00.000250", "04.000250"),
      span("c", "a", "02.000250", null),
      span("b", "a", "01.000250", "01.500250"),
      span("d", "b", "01.000250", "01.000500"),
      span("e", "gone", "03.000250", "03.500250"),
    ]);
    expect(total).toBeCloseTo(4_000);
    expect(lines.map(({ span, depth }) => [span.id, depth])).toEqual([["a", 0], ["c", 1], ["b", 1], ["d", 2], ["e", 0]]);
    expect(lines.map(({ start }) => start)).toEqual([0, 2_000, 1_000, 1_000, 3_000]);
    expect(lines[3]?.end).toBeCloseTo(1_000.25);
    expect(lines[1]?.end).toBeNull();
  });

  it("keeps what is below a millisecond", () => {
    expect(milliseconds("2026-11-29T18:00:00.123456Z") % 1_000).toBeCloseTo(123.456);
    expect(milliseconds("2026-11-29T18:00:01Z") % 1_000).toBe(0);
  });

  it("has no rows without spans", () => {
    expect(rows([])).toEqual({ total: 0, lines: [] });
  });
});
