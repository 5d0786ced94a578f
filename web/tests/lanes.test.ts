import "./browser";
import { describe, expect, it } from "vitest";
import { ALL } from "../src/channels";
import { CHANNELS, type ChannelName } from "../src/channels/channel";
import { readConfig } from "../src/config";
import { DEFAULT, loadChoice, saveChoice, toggle } from "../src/lanes/choice";
import { growing } from "../src/live/rhythm";

const bare = {
  region: "eu-west-1",
  userPoolId: "p",
  userPoolClientId: "c",
  graphql: "https://api.example/graphql",
  realtime: "wss://api.example/graphql",
};
const absences = (more: object): Partial<Record<ChannelName, string | null>> => {
  const config = readConfig({ ...bare, ...more });
  return Object.fromEntries(ALL.map(({ name, absence }) => [name, absence(config)]));
};

describe("channels", () => {
  it("are all eleven, in order", () => {
    expect(ALL.map(({ name }) => name)).toEqual([...CHANNELS]);
    expect(new Set(CHANNELS).size).toBe(11);
  });

  it("say why they cannot be followed here", () => {
    expect(absences({})).toEqual({
      appsync: null,
      events: "off",
      websocket: "companion",
      "graphql-ws": "companion",
      iot: "off",
      sse: "off",
      webhook: "receiver",
      longpoll: "companion",
      "poll-fixed": "companion",
      "poll-backoff": "companion",
      synchronous: "companion",
    });
  });

  it("can all be followed where all is on, and those that are switched off by a parameter say so", () => {
    const all = {
      rest: "https://rest.example/api",
      websocket: "wss://ws.example/api",
      events: "https://events.example/event",
      eventsRealtime: "wss://events.example/event/realtime",
      iot: "wss://iot.example/mqtt?x-amz-customauthorizer-name=a",
      sse: "https://sse.example/live",
      webhooks: "http://127.0.0.1:8765/received",
    };
    expect(Object.values(absences(all)).every((absence) => absence === null)).toBe(true);
    const some = absences({ ...all, channels: { appsync: "false", websocket: "false", webhook: null } });
    expect(Object.entries(some).filter(([, absence]) => absence !== null)).toEqual([
      ["appsync", "off"],
      ["websocket", "off"],
      ["graphql-ws", "off"],
    ]);
  });
});

describe("the choice of lanes", () => {
  const storage = (value: string | null) => ({ getItem: () => value, setItem: () => undefined });

  it("is the default without one that can be read", () => {
    for (const value of [null, "no JSON", '{"a": 1}', "null"]) expect(loadChoice(storage(value))).toEqual(DEFAULT);
  });

  it("keeps known names alone, in the lanes' order", () => {
    expect(loadChoice(storage('["synchronous", "nothing", "appsync"]'))).toEqual(["appsync", "synchronous"]);
  });

  it("comes back as it was saved", () => {
    saveChoice(["sse", "iot"]);
    expect(loadChoice()).toEqual(["iot", "sse"]);
  });

  it("takes a name in and out", () => {
    expect(toggle(["sse"], "iot")).toEqual(["iot", "sse"]);
    expect(toggle(["iot", "sse"], "iot")).toEqual(["sse"]);
  });
});

describe("growing", () => {
  it("begins with what the server says, doubles in vain, and is spread", () => {
    const rhythm = growing(1_000, 20_000, () => 0.5);
    expect(rhythm({ waits: 0, took: 5, retryAfter: 2_000 })).toBe(2_500);
    expect(rhythm({ waits: 2, took: 5 })).toBe(5_000);
    expect(rhythm({ waits: 30, took: 5 })).toBe(25_000);
    expect(rhythm({ waits: 0, took: 5, retryAfter: 0 })).toBe(1_250);
  });
});
