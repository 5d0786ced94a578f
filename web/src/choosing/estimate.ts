/** One channel under one load: dollars a month, how late it is, and what breaks first: `compare/model/estimate.py`. */
import type { ChannelDocument, Confidence, ModelDocument, Quota } from "./document";
import { type Counts, countsOf } from "./families";

/** So many orders a second, which live so long and are followed by so many. */
export interface Load {
  readonly rate: number;
  readonly followers: number;
  /** Seconds from an order's first change to its last, on average. */
  readonly life: number;
  readonly changes: number;
  readonly region: string;
}

export interface Line {
  readonly item: string;
  readonly why: string;
  /** A month. */
  readonly usd: number;
  readonly confidence: Confidence;
}

export interface Ceiling {
  readonly key: string;
  readonly quota: Quota;
  /** Orders a second at which this channel reaches it. */
  readonly orders: number;
}

export interface Estimate {
  readonly name: string;
  readonly title: string;
  readonly kind: ChannelDocument["family"]["kind"];
  /** Whether it is connected before the order is there, and receives each change. */
  readonly pushes: boolean;
  /** A month. */
  readonly usd: number;
  readonly lines: readonly Line[];
  /** Seconds from a change's commit to its receipt: more than this where `bound`. */
  readonly mean: number;
  readonly p95: number;
  readonly bound: boolean;
  /** The share of changes that a follower learns of no sooner than of a later one. */
  readonly missed: number;
  /** The quota that breaks first. */
  readonly first: Ceiling | null;
  readonly assumptions: readonly string[];
  readonly confidence: { readonly usd: Confidence; readonly late: Confidence };
}

/** What the model says of all channels. */
export const estimateAll = (load: Load, model: ModelDocument): Estimate[] =>
  model.channels.map((channel) => estimate(channel, load, model));

/** What an order's followers take: the sum of a row of coefficients over the features of the load. */
type Amount = (units: readonly number[]) => number;

function amountOf(counts: Counts, followers: number, model: ModelDocument): Amount {
  const values = featuresOf(counts, followers, model);
  return (units) => units.reduce((sum, unit, n) => sum + unit * (values[n] ?? 0), 0);
}

const regionOf = ({ region }: Load, model: ModelDocument) => model.regions[region] ?? unknown(region);

/** A month's bill, item by item. */
export function billOf(channel: ChannelDocument, load: Load, model: ModelDocument): Line[] {
  const { prices } = regionOf(load, model);
  const amount = amountOf(remembered(channel, load, model), load.followers, model);
  return channel.bill.map(({ price, why, units }): Line => {
    const { item, usd, confidence } = prices[price] ?? unknown(price);
    return { item, why, usd: amount(units) * usd * load.rate * model.month, confidence };
  });
}

export function estimate(channel: ChannelDocument, load: Load, model: ModelDocument): Estimate {
  const region = regionOf(load, model);
  const counts = remembered(channel, load, model);
  const amount = amountOf(counts, load.followers, model);
  const lines = billOf(channel, load, model);
  const usd = lines.reduce((sum, line) => sum + line.usd, 0);
  const waiting = counts.wait95 === null ? 0 : counts.late / Math.max(1, counts.changes - 1);
  return {
    name: channel.name,
    title: channel.title,
    kind: channel.family.kind,
    pushes: channel.family.kind === "told",
    usd,
    lines,
    mean: waiting + channel.way.mean,
    p95: (counts.wait95 ?? 0) + channel.way.p95,
    bound: channel.way.bound,
    missed: counts.missed / counts.changes,
    first: firstCeiling(channel, amount, region.quotas),
    assumptions: channel.assumptions,
    confidence: {
      // A price counts when it makes a hundredth of the sum or more.
      usd: worst([channel.confidence, ...lines.filter((line) => line.usd * 100 >= usd).map((line) => line.confidence)]),
      late: channel.way.confidence,
    },
  };
}

const memory = new Map<string, Counts>();
const REMEMBERED = 512;

/** What one follower takes is the same at whatever rate, and however many follow. */
function remembered({ name, family }: ChannelDocument, { life, changes }: Load, model: ModelDocument): Counts {
  const key = `${name} ${life} ${changes} ${model.poll}`;
  let counts = memory.get(key);
  if (!counts) {
    if (memory.size >= REMEMBERED) memory.clear();
    counts = countsOf(family, changes, life / (changes - 1), model);
    memory.set(key, counts);
  }
  return counts;
}

/** The values of `compare.model.exported.FEATURES`, in that order. */
function featuresOf(counts: Counts, followers: number, { group, stream }: ModelDocument): number[] {
  const { changes, requests, fruitful, reads, held, connected } = counts;
  return [
    changes,
    followers,
    followers * requests,
    followers * fruitful,
    followers * fruitful * changes,
    followers * reads,
    followers * held,
    followers * connected,
    followers * changes,
    changes * Math.ceil(followers / group),
    followers * Math.floor(connected / stream),
  ];
}

function firstCeiling(
  { demands }: ChannelDocument,
  amount: Amount,
  quotas: Readonly<Record<string, Quota>>,
): Ceiling | null {
  let first: Ceiling | null = null;
  for (const { quota: key, units } of demands) {
    const quota = quotas[key];
    const needed = amount(units);
    if (!quota || needed <= 0) continue;
    const orders = quota.limit / needed;
    if (first === null || orders < first.orders) first = { key, quota, orders };
  }
  return first;
}

const worst = (confidences: readonly Confidence[]): Confidence =>
  confidences.reduce((least, each) => (each > least ? each : least), "A");

function unknown(key: string): never {
  throw new RangeError(`${key}: no price`);
}
