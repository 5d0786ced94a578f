/** Which lanes run: as the visitor chose, or a few that differ in kind. */
import { CHANNELS, type ChannelName } from "../channels/channel";

const KEY = "orderwire.lanes";

/** One of each kind, as far as it needs nothing that has to be started besides. */
export const DEFAULT: readonly ChannelName[] = ["appsync", "events", "websocket", "sse", "longpoll", "poll-fixed"];

export function loadChoice(storage: Pick<Storage, "getItem"> = localStorage): readonly ChannelName[] {
  try {
    const names: unknown = JSON.parse(storage.getItem(KEY) ?? "null");
    return Array.isArray(names) ? CHANNELS.filter((name) => names.includes(name)) : DEFAULT;
  } catch {
    return DEFAULT;
  }
}

export function saveChoice(names: readonly ChannelName[], storage: Pick<Storage, "setItem"> = localStorage): void {
  try {
    storage.setItem(KEY, JSON.stringify(names));
  } catch {
    // A browser that keeps nothing shows the default again next time.
  }
}

/** The choice with one name more, or one less, in the order in which lanes are shown. */
export const toggle = (chosen: readonly ChannelName[], name: ChannelName): readonly ChannelName[] =>
  CHANNELS.filter((each) => (each === name ? !chosen.includes(name) : chosen.includes(each)));
