/** All channels, in the order in which they are shown. */
import { appsync } from "./appsync";
import type { Channel } from "./channel";
import { events } from "./events";
import { graphqlWs } from "./graphql-ws";
import { iot } from "./iot";
import { longpoll } from "./longpoll";
import { pollBackoff, pollFixed } from "./poll";
import { sse } from "./sse";
import { synchronous } from "./synchronous";
import { webhook } from "./webhook";
import { websocket } from "./websocket";

export const ALL: readonly Channel[] = [
  appsync,
  events,
  websocket,
  graphqlWs,
  iot,
  sse,
  webhook,
  longpoll,
  pollFixed,
  pollBackoff,
  synchronous,
];
