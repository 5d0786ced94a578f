/** What a lane needs to know of a channel; each channel is a module beside this one. */
import type { AppSync } from "../api/appsync";
import type { Traffic } from "../api/network";
import type { Config } from "../config";
import type { FollowerOptions } from "../live/follower";
import type { NewOrder } from "../model";

export const CHANNELS = [
  "appsync",
  "events",
  "websocket",
  "graphql-ws",
  "iot",
  "sse",
  "webhook",
  "longpoll",
  "poll-fixed",
  "poll-backoff",
  "synchronous",
] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** Why a channel cannot be followed here: switched off by the stack's parameter, or without the companion. */
export type Absence = "off" | "companion" | "receiver";

/** The order that is followed, and what there is to follow it with. */
export interface Following {
  readonly config: Config;
  readonly api: AppSync;
  /** The order as it is submitted; its `clientToken` is its id. */
  readonly order: NewOrder;
  readonly customerId: string;
  /** Milliseconds between two requests of fixed polling; may change meanwhile. */
  readonly interval: () => number;
}

/** How one order is followed. A way with a link can begin before the order is there. */
export interface Way extends Pick<FollowerOptions, "link" | "rhythm" | "history"> {
  /** Whether traffic without the channel's tag belongs to this way. */
  readonly owns?: (traffic: Traffic) => boolean;
}

export interface Channel {
  readonly name: ChannelName;
  /** Null when the channel can be followed here. */
  readonly absence: (config: Config) => Absence | null;
  readonly follow: (following: Following) => Way;
}
