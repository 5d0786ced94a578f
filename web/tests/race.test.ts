import { describe, expect, it } from "vitest";
import { CHANNELS } from "../src/channels/channel";
import { costOf } from "../src/lanes/cost";
import { courseOf, paceOf } from "../src/lanes/course";
import { median, standing } from "../src/lanes/figures";
import { IDLE, type LaneView, type Receipt } from "../src/lanes/lane";
import { isApart, stateOf } from "../src/lanes/words";
import { GOOD_LIFE } from "../src/model";

const START = 1_000_000;
/** A receipt of a version that was committed and received so many milliseconds after the submission. */
const receipt = (version: number, at: number, received: number, late = false): Receipt => ({
  version,
  status: GOOD_LIFE[version - 1] ?? "DELIVERED",
  at: START + at,
  received: START + received,
  delay: received - at,
  late,
});
const lane = (more: Partial<LaneView>): LaneView => ({ ...IDLE, state: "live", connected: true, ...more });
const course = (view: LaneView, now = 4_000, width = 800) => courseOf([["appsync", view]], START, START + now, width);

describe("the race", () => {
  it("puts commits and receipts on one axis of time that begins at the submission", () => {
    const { axis, commits, tracks } = course(lane({ receipts: [receipt(1, 1_000, 2_000), receipt(2, 3_000, 3_000)] }));
    expect([axis.ticks[0], axis.top]).toEqual([0, 4]);
    expect(commits.map(({ version, x }) => [version, x])).toEqual([[1, 0.25], [2, 0.75]]);
    expect(tracks[0]?.marks.map(({ label, x }) => [label, x])).toEqual([["1", 0.5], ["2", 0.75]]);
    expect(tracks[0]?.reach).toBe(1);
  });

  it("stacks marks that would lie on each other, and no others", () => {
    const levels = (...at: number[]) =>
      course(lane({ receipts: at.map((ms, n) => receipt(n + 1, 0, ms)) })).tracks[0]?.marks.map(({ level }) => level);
    expect(levels(1_000, 1_010, 1_020)).toEqual([0, 1, 2]);
    expect(levels(1_000, 1_010, 2_000)).toEqual([0, 1, 0]);
  });

  it("shows what came too late as one mark below the state that it came with", () => {
    const receipts = [receipt(1, 0, 2_000, true), receipt(2, 500, 2_000, true), receipt(3, 1_900, 2_000)];
    const marks = course(lane({ receipts })).tracks[0]?.marks;
    expect(marks?.map(({ label, pace, level }) => [label, pace, level])).toEqual([["3", "soon", 0], ["1–2", "late", 1]]);
  });

  it("is soon within a second, whatever it came with", () => {
    expect([receipt(1, 0, 1_000), receipt(1, 0, 1_001), receipt(1, 0, 10, true)].map(paceOf)).toEqual(["soon", "slow", "late"]);
  });

  it("shows from when to when a lane had no connection", () => {
    const gaps = [{ from: START - 900, to: START - 10 }, { from: START + 1_000, to: START + 2_000 }, { from: START + 3_000, to: null }];
    expect(course(lane({ gaps })).tracks[0]?.gaps).toEqual([{ from: 0.25, to: 0.5 }, { from: 0.75, to: 1 }]);
  });

  it("says who is done, and whose median delay is the shortest", () => {
    expect([median([]), median([9]), median([1, 50, 3])]).toEqual([null, 9, 3]);
    const done = (delay: number) => lane({ state: "done", receipts: [receipt(6, 0, delay)] });
    expect(standing([["sse", done(30)], ["iot", done(20)], ["appsync", lane({})]])).toEqual({ done: 2, first: "iot" });
  });
});

describe("a lane that is not connected", () => {
  it("says so, even when it has read all from the history", () => {
    const texts = (["connecting", "away", "done"] as const).map((state) => stateOf(lane({ state, connected: false })));
    expect(texts).toEqual(["Not connected yet", "Not connected, trying again", "Done, but never connected"]);
    expect([isApart(lane({ state: "done", connected: false })), isApart(lane({ state: "done" })), isApart(lane({}))]).toEqual([true, false, false]);
  });
});

describe("the running cost", () => {
  const journey = { life: 5, changes: 6, interval: 1_000, region: "eu-west-1" };

  it("is known of every lane, and grows with the life of an order that is asked for", () => {
    for (const name of CHANNELS) expect(costOf(name, journey), name).toBeGreaterThan(0);
    const longer = (name: "poll-fixed" | "appsync") => (costOf(name, { ...journey, life: 60 }) ?? 0) - (costOf(name, journey) ?? 0);
    expect(longer("poll-fixed")).toBeGreaterThan(10 * longer("appsync"));
  });

  it("depends on the interval of polling, and on the Region where there are prices of it", () => {
    expect(costOf("poll-fixed", { ...journey, interval: 250 })).toBeGreaterThan(costOf("poll-fixed", journey) ?? Infinity);
    expect(costOf("appsync", { ...journey, region: "mars-1" })).toBe(costOf("appsync", { ...journey, region: "us-east-1" }));
  });
});
