/** What the race comes to. */
import type { ChannelName } from "../channels/channel";
import type { LaneView } from "./lane";

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((first, second) => first - second);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}

/** How many lanes are done, and which of them has the shortest median delay. */
export function standing(lanes: readonly (readonly [ChannelName, LaneView])[]): { readonly done: number; readonly first: ChannelName | null } {
  const done = lanes.filter(([, { state }]) => state === "done");
  const ranked = done
    .map(([name, { receipts }]) => [name, median(receipts.map(({ delay }) => delay)) ?? Infinity] as const)
    .sort(([, first], [, second]) => first - second);
  return { done: done.length, first: ranked[0]?.[0] ?? null };
}
