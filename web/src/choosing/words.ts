/** Every word of the page that says which channel to take. */
import { formatCount } from "../format";
import type { Confidence } from "./document";
import type { Estimate } from "./estimate";

const plural = (n: number, singular: string, many: string): string => `${formatCount(n)} ${n === 1 ? singular : many}`;

export const words = {
  title: "Which channel?",
  lead: "What it costs to tell a page of its order, how soon it learns of a change, and what breaks first: computed from AWS's prices and quotas for your load.",
  load: "Your load",
  orders: "Orders a day",
  life: "An order lives",
  followers: "Followers an order",
  changes: "Changes an order",
  region: "Region",
  regions: { "us-east-1": "us-east-1, Virginia", "eu-west-1": "eu-west-1, Ireland" } as Readonly<Record<string, string>>,
  answer: "The answer",
  load_: (orders: number, followers: number, life: string): string =>
    `For ${plural(orders, "order", "orders")} a day, each followed by ${followers === 1 ? "one page" : `${followers} pages`} for ${life}: `,
  best: ({ title }: Estimate, usd: string, mean: string, p95: string): string =>
    `${title} costs ${usd} a month and learns of a change after ${mean} on average, and of 95 in 100 within ${p95}. `,
  breaksAt: (orders: string, times: string, item: string): string =>
    `It breaks first at ${orders} orders a second, ${times} times this load: ${item}.`,
  never: "No quota is in its way.",
  none: "no channel that pushes bears it with the quotas that AWS grants at first. Ask for higher ones, or see the table for what each bears.",
  cheaper: ({ title }: Estimate, usd: string, mean: string, missed: string): string =>
    `Cheaper, if a change may come ${mean} late${missed === "0 %" ? "" : ` and ${missed} of the states are never shown`}: ${title}, ${usd} a month.`,
  cheapestToo: "Nothing that is slower costs less.",
  chart: "Dollars a month against how late a change is",
  chartNote: "Left and low is better. Filled: bears the load. Hollow: a quota breaks. In a dashed ring: AWS publishes no figure for a part of the way, so it is later than shown.",
  axes: { x: "Dollars a month", y: "Late, on average" },
  kinds: { told: "pushed", held: "held request", asking: "asks" },
  table: "All channels under this load",
  columns: {
    channel: "Channel",
    usd: "A month",
    mean: "Late, mean",
    p95: "95 in 100",
    missed: "Never shown",
    first: "Breaks first at",
    measured: "Measured here",
  },
  measuredNote: (date: string): string =>
    `Measured here: the median of the comparison of ${date}, on its machine. That is the software's overhead and the channel's own waiting, not AWS's latency.`,
  ordersASecond: (orders: string): string => `${orders}/s`,
  broken: "breaks under this load",
  bill: (title: string): string => `What ${title} costs`,
  billColumns: { item: "Price", why: "For", usd: "A month" },
  confidence: {
    A: "AWS's own page, or sources that agree",
    B: "one source, or with assumed function times",
    C: "assumed: unpublished",
  } satisfies Record<Confidence, string>,
  uncertain: "What is uncertain",
  letters: "The letters beside a figure say how sure its least sure part is:",
  bound: "≥ stands before a lateness of which AWS publishes no figure for a part: it takes longer than that.",
  assumptions: (date: string, payload: number): string[] => [
    `Prices and quotas are of ${date}, without free tiers and discounts. A change has ${payload} bytes.`,
    "The time between two changes is exponentially distributed. Fixed polling asks every second.",
    "Orders come evenly, day and night. At peak hours more come: compare the peak with what breaks.",
    "A webhook reaches a server, not a page, so it is no answer here.",
  ],
  tree: "The decision",
  here: "the answer above",
} as const;

/** A question with its answers; a leaf names channels. */
export interface Branch {
  readonly text: string;
  readonly channels?: readonly string[];
  readonly branches?: readonly Branch[];
}

export const TREE: Branch = {
  text: "Who receives the changes?",
  branches: [
    { text: "A partner's server", channels: ["webhook"] },
    {
      text: "A person's page or app",
      branches: [
        { text: "It may be some seconds late, and miss states between", channels: ["poll-backoff"] },
        {
          text: "It shows each state at once",
          branches: [
            { text: "Orders live for seconds, few at a time", channels: ["longpoll", "sse"] },
            {
              text: "They live longer, or are many",
              branches: [
                { text: "The API is GraphQL on AppSync already", channels: ["appsync"] },
                { text: "Devices, MQTT, or a last state kept for who comes later", channels: ["iot"] },
                { text: "AWS's own client libraries, and no code at a connect", channels: ["events"] },
                { text: "A protocol of your own, or no AppSync", channels: ["websocket", "graphql-ws"] },
              ],
            },
          ],
        },
      ],
    },
  ],
};
