/** The race's geometry: what each lane learned and when, as places on one axis of time. No drawing, no clock in here. */
import type { ChannelName } from "../channels/channel";
import { isFinal, type Status } from "../model";
import { type Axis, linear } from "../ui/axis";
import type { LaneView, Receipt } from "./lane";

/** Milliseconds within which a state counts as shown at once: the rule of "Which channel?". */
export const SOON = 1_000;
/** Half the width in pixels of a dot, and of what stands for several states. */
const DOT = 9;
const PILL = 16;
/** A label's letter, and the height of a row of labels, in pixels. */
const LETTER = 6.6;

/** `soon` and `slow`: shown, within a second or later. `late`: it came together with a later state. */
export type Pace = "soon" | "slow" | "late";

export interface Mark {
  /** One version, or several that came too late: "1", "2–4". */
  readonly label: string;
  /** A share of the plot's width. */
  readonly x: number;
  /** How far below the line it stands, so that no mark lies on another. */
  readonly level: number;
  readonly pace: Pace;
  readonly wide: boolean;
}

/** While there was no connection, in shares of the width. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface Track {
  readonly name: ChannelName;
  readonly marks: readonly Mark[];
  readonly gaps: readonly Gap[];
  /** How far its client has come. */
  readonly reach: number;
  readonly levels: number;
}

export interface Commit {
  readonly version: number;
  readonly status: Status;
  readonly x: number;
  readonly row: number;
}

export interface Course {
  readonly axis: Axis;
  /** The changes, as soon as any lane has learned of them. */
  readonly commits: readonly Commit[];
  readonly tracks: readonly Track[];
}

export const paceOf = ({ late, delay }: Receipt): Pace => (late ? "late" : delay <= SOON ? "soon" : "slow");

/** Seconds from the submission to now, or to the lane's last receipt when its order is final. */
export function elapsed({ receipts }: LaneView, start: number, now: number): number {
  const last = receipts.at(-1);
  return Math.max(0, (last && isFinal(last.status) ? last.received : now) - start) / 1_000;
}

/** `start` and `now` as `Date.now()` has them; `width` is the plot's, in pixels. */
export function courseOf(lanes: readonly (readonly [ChannelName, LaneView])[], start: number, now: number, width: number): Course {
  const all = lanes.flatMap(([, { receipts }]) => receipts);
  const end = Math.max(...lanes.map(([, view]) => elapsed(view, start, now)), ...all.map(({ received }) => (received - start) / 1_000), 3);
  const axis = linear(end, width < 480 ? 4 : 8);
  const at = (moment: number): number => Math.min(1, Math.max(0, (moment - start) / 1_000 / axis.top));
  return {
    axis,
    commits: commitsOf(all, at, width),
    tracks: lanes.map(([name, view]) => trackOf(name, view, at, start, now, width)),
  };
}

function trackOf(name: ChannelName, view: LaneView, at: (moment: number) => number, start: number, now: number, width: number): Track {
  const ends: number[] = [];
  const place = (x: number, half: number): number => {
    const level = ends.findIndex((end) => end <= x * width - half);
    const free = level < 0 ? ends.length : level;
    ends[free] = x * width + half;
    return free;
  };
  const marks: Mark[] = [];
  let waiting: number[] = [];
  for (const receipt of view.receipts) {
    const x = at(receipt.received);
    if (receipt.late) {
      waiting.push(receipt.version);
      continue;
    }
    marks.push({ label: `${receipt.version}`, x, level: place(x, DOT), pace: paceOf(receipt), wide: false });
    const [first, last] = [waiting[0], waiting.at(-1)];
    if (first !== undefined) {
      const wide = first !== last;
      marks.push({ label: wide ? `${first}–${last}` : `${first}`, x, level: place(x, wide ? PILL : DOT), pace: "late", wide });
    }
    waiting = [];
  }
  const gaps = view.gaps.filter(({ to }) => (to ?? now) > start).map(({ from, to }) => ({ from: at(from), to: at(to ?? now) }));
  return { name, marks, gaps, reach: at(start + elapsed(view, start, now) * 1_000), levels: Math.max(1, ends.length) };
}

function commitsOf(receipts: readonly Receipt[], at: (moment: number) => number, width: number): Commit[] {
  // A change carries its own time, so every lane says the same.
  const versions = new Map(receipts.map((receipt) => [receipt.version, receipt]));
  const ends: number[] = [];
  return [...versions.values()]
    .sort((first, second) => first.version - second.version)
    .map(({ version, status, at: moment }) => {
      const x = at(moment);
      const left = x * width;
      const free = ends.findIndex((end) => end < left);
      const row = free < 0 ? ends.length : free;
      ends[row] = left + LETTER * (width < 480 ? 2 : status.length + 2) + 8;
      return { version, status, x, row };
    });
}
