/** What following has come to so far, by the model of "Which channel?": dollars for a million such orders. */
import type { ChannelName } from "../channels/channel";
import { MODEL } from "../choosing/document";
import { billOf } from "../choosing/estimate";

/** Life is cut into such seconds: the model computes each once. */
const SLICE = 0.5;

interface Journey {
  /** Seconds that the order has lived. */
  readonly life: number;
  readonly changes: number;
  /** Milliseconds between two requests of fixed polling. */
  readonly interval: number;
  readonly region: string;
}

/** Whose prices count: the Region's, or those of the model's first where it has none of it. */
export const pricedRegion = (region: string): string => (region in MODEL.regions ? region : (Object.keys(MODEL.regions)[0] ?? region));

/** Null for a channel that the model does not know. */
export function costOf(name: ChannelName, { life, changes, interval, region }: Journey): number | null {
  const channel = MODEL.channels.find((each) => each.name === name);
  if (!channel) return null;
  const load = {
    rate: 1,
    followers: 1,
    life: Math.max(SLICE, Math.round(life / SLICE) * SLICE),
    changes: Math.max(2, changes), // its closed forms need a stage
    region: pricedRegion(region),
  };
  const lines = billOf(channel, load, { ...MODEL, poll: interval / 1_000 });
  return (lines.reduce((sum, { usd }) => sum + usd, 0) / MODEL.month) * 1e6;
}
