/** AppSync: a GraphQL subscription on the page's own connection. */
import type { Traffic } from "../api/network";
import { quiet } from "../live/rhythm";
import type { Channel } from "./channel";

export const appsync: Channel = {
  name: "appsync",
  absence: (config) => (config.off.includes("appsync") ? "off" : null),
  follow: ({ api, config, order: { clientToken: orderId } }) => {
    const history = api.historyOf("appsync");
    const subscriptions = new Set<string>();
    return {
      link: api.link(orderId),
      rhythm: quiet(),
      history: history.read,
      owns: (traffic) => history.owns(traffic) || isOfSubscription(traffic, config.realtime, orderId, subscriptions),
    };
  },
};

/** AppSync's connection is the page's own: of its messages, those of this order's subscription count. */
export function isOfSubscription(traffic: Traffic, realtime: string, orderId: string, ids: Set<string>): boolean {
  const { channel, url, text } = traffic;
  if (channel === "http" || !url.startsWith(realtime) || !text.startsWith("{")) return false;
  const frame = JSON.parse(text) as { id?: unknown; type?: unknown };
  if (typeof frame.id !== "string") return false;
  if (frame.type === "start" && text.includes("OnOrder") && text.includes(orderId)) ids.add(frame.id);
  return ids.has(frame.id);
}
