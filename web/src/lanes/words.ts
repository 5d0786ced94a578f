/** Every word of the page with the lanes. */
import type { Absence, ChannelName } from "../channels/channel";
import type { State } from "../live/book";
import type { LaneView } from "./lane";

const names: Readonly<Record<ChannelName, string>> = {
  appsync: "AppSync",
  events: "AppSync Events",
  websocket: "WebSocket",
  "graphql-ws": "GraphQL without AppSync",
  iot: "IoT Core",
  sse: "Server-Sent Events",
  webhook: "Webhook",
  longpoll: "Long polling",
  "poll-fixed": "Polling",
  "poll-backoff": "Polling, backing off",
  synchronous: "Synchronous call",
};

const how: Readonly<Record<ChannelName, string>> = {
  appsync: "A GraphQL subscription on the page's own connection.",
  events: "The order's own channel on an Event API's WebSocket.",
  websocket: "API Gateway's WebSocket: a frame for each change.",
  "graphql-ws": "A GraphQL subscription over the companion's WebSocket.",
  iot: "MQTT over a WebSocket: the order's own topic.",
  sse: "One response that goes on: an event for each change.",
  webhook: "SNS posts each change to a receiver, which passes it on.",
  longpoll: "A request that the server holds until there is news.",
  "poll-fixed": "A request every so often, news or not.",
  "poll-backoff": "A request when the server says so, then ever less often.",
  synchronous: "The order sent again; the answer comes when it is final.",
};

const absences: Readonly<Record<Absence, string>> = {
  off: "Switched off in this stack by a parameter.",
  companion: "The companion is not deployed here.",
  receiver: "The page has no address of a receiver here.",
};

const states: Readonly<Record<State, string>> = { connecting: "Connecting", live: "Up to date", behind: "Catching up", away: "Cut off, trying again" };

/** Whether a lane is not connected, or ended without ever having been. */
export const isApart = ({ state, connected }: LaneView): boolean =>
  state === "connecting" || state === "away" || (state === "done" && !connected);

/** A lane's state; one that has never been connected says so, whatever it has read from the history. */
export function stateOf({ state, connected }: LaneView): string {
  if (state === "idle") return "Idle";
  if (state === "done") return connected ? "Done" : "Done, but never connected";
  if (!connected && state === "away") return "Not connected, trying again";
  if (!connected && state === "connecting") return "Not connected yet";
  return states[state];
}

export const words = {
  title: "Lanes",
  lead: "One order, followed on several channels at once: a race from each change to those who wait for it.",
  race: "The race",
  raceUnits: ["median delay", "cost so far"],
  legend: {
    commit: "a change is committed",
    soon: "shown within a second",
    slow: "shown later",
    late: "too late: came with a later state",
    gap: "not connected",
  },
  cost: (usd: number) => `$${usd.toFixed(2)}`,
  costNote: (region: string) =>
    `Cost so far: dollars for a million orders that have lived as long as this one, by the model of "Which channel?", ${region}. What asks and what is held pays for waiting.`,
  shown: (shown: number, all: number) => `${shown} of ${all} states shown in time`,
  standing: (done: number, all: number, first: string | null) =>
    `${done} of ${all} lanes are done${first === null ? "" : `; the shortest median delay has ${first}`}.`,
  cards: "Lane by lane",
  submit: "Submit an order",
  again: "Submit another",
  busy: "Submitting…",
  cut: "Cut my network",
  mend: "Mend my network",
  interval: "Polling interval",
  seconds: (n: string) => `${n} s`,
  following: (id: string) => `Following order ${id.slice(0, 8)}`,
  nothing: "No order yet. Submit one to see the difference.",
  choose: (chosen: number, all: number) => `Choose lanes: ${chosen} of ${all} run`,
  chooseNone: "Choose at least one lane.",
  chooseNext: "A change counts from the next order on.",
  absences,
  receiverHint: "No receiver passes on webhooks. Start a receiver as this customer:",
  receiverCommand: (user: string, listen: string, page: string) =>
    `bin/orderwire webhooks receive --user ${user} --listen ${listen} --page ${page}`,
  batched: "together with a later state: never shown in time",
  batchedMark: "late",
  requests: "Requests",
  bytes: "Bytes",
  dropped: "Repeats dropped",
  status: "State",
  delay: "Delay",
  names,
  how,
  notes:
    "Green: within a second. Late: it came together with a later state, so it was never shown in time. Delay is from the change's own time to its arrival here, so it depends on both clocks; on one machine it is the software's overhead, not AWS's latency. Bytes are bodies, messages and the heads that a page can see. AppSync's first connection is shared with the rest of the page.",
} as const;
