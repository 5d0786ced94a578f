import "./browser";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isOfSubscription } from "../src/channels/appsync";
import * as events from "../src/channels/events";
import * as graphqlWs from "../src/channels/graphql-ws";
import * as iot from "../src/channels/iot";
import * as websocket from "../src/channels/websocket";
import type { Traffic } from "../src/api/network";
import { change, FakeLine, ID } from "./line";

const CHANNEL = `/orders/ada/${ID}`;
const shown = { host: "events.example", Authorization: "token" };

describe("AppSync Events", () => {
  const talk = (line: FakeLine, ...frames: unknown[]): void => {
    const conversation = events.converse(line, shown, CHANNEL);
    conversation.begin();
    for (const frame of frames) conversation.hear(typeof frame === "string" ? frame : JSON.stringify(frame));
  };
  const acknowledged = { type: "connection_ack", connectionTimeoutMs: 300_000 };

  it("shows its token among the subprotocols, in base64url without padding", () => {
    const [name, header] = events.subprotocols({ host: "h", Authorization: "??>>~~" });
    expect(name).toBe("aws-appsync-event-ws");
    expect(header).toMatch(/^header-[\w-]+$/);
    const base64 = (header ?? "").slice(7).replaceAll("-", "+").replaceAll("_", "/");
    expect(JSON.parse(atob(base64))).toEqual({ host: "h", Authorization: "??>>~~" });
  });

  it("subscribes once it is acknowledged, and is live once the subscription is", () => {
    const line = new FakeLine();
    talk(line, acknowledged);
    expect(line.reports).toEqual([]);
    expect(line.frames).toMatchObject([{ type: "connection_init" }, { type: "subscribe", channel: CHANNEL, authorization: shown }]);
    talk(line, { type: "subscribe_success", id: "1" }, { type: "data", id: "1", event: JSON.stringify(change(2)) });
    expect(line.reports).toEqual([["live"], 2]);
  });

  it("has history read for what it cannot read, and counts silence as the server says", () => {
    const line = new FakeLine();
    talk(line, { type: "data", event: "{}" }, "no JSON", { type: "broadcast_error", errors: [] }, { type: "ka" });
    expect(line.reports).toEqual(["unreadable", "unreadable", "unreadable"]);
    const conversation = events.converse(line, shown, CHANNEL);
    conversation.hear(JSON.stringify(acknowledged));
    expect(conversation.silence).toBe(300_000);
  });

  it("tells a refused token from any other loss", () => {
    const line = new FakeLine();
    talk(line, { type: "connection_error", errors: [{ errorType: "UnauthorizedException" }] });
    talk(line, { type: "subscribe_error", errors: [{ errorType: "LimitExceeded" }] });
    expect(line.reports).toEqual(["refused", "lost"]);
  });
});

describe("Orderwire's WebSocket", () => {
  it("subscribes after the version that is here, and takes the history that comes first", () => {
    const line = new FakeLine();
    const conversation = websocket.converse(line, ID, 2);
    conversation.begin();
    expect(line.frames).toEqual([{ type: "subscribe", orderId: ID, afterVersion: 2 }]);
    const past = { orderId: ID, version: 3, changes: [change(3)] };
    conversation.hear(JSON.stringify({ type: "subscribed", ...past }));
    conversation.hear(JSON.stringify({ type: "change", change: change(4) }));
    conversation.hear(JSON.stringify({ type: "change", change: { version: 0 } }));
    conversation.hear(JSON.stringify({ type: "error", error: "Gone" }));
    expect(line.reports).toEqual([["live", past], 4, "unreadable", "lost"]);
  });
});

describe("graphql-transport-ws", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  const next = (version: number) => ({ id: "1", type: "next", payload: { data: { onOrderStatus: change(version) } } });
  const talk = (line: FakeLine, ...frames: unknown[]): graphqlWs.Talk => {
    const conversation = graphqlWs.converse(line, "token", ID);
    conversation.begin();
    for (const frame of frames) conversation.hear(JSON.stringify(frame));
    return conversation;
  };

  it("says who it is, subscribes, and is live when the server says so", () => {
    const line = new FakeLine();
    talk(line, { type: "connection_ack" }, { type: "pong", payload: { subscribed: "1" } }, next(2), next(3));
    expect(line.frames).toMatchObject([
      { type: "connection_init", payload: { Authorization: "token" } },
      { id: "1", type: "subscribe", payload: { variables: { orderId: ID } } },
    ]);
    expect(line.reports).toEqual([["live"], 2, 3]);
    vi.runAllTimers();
    expect(line.reports).toHaveLength(3);
  });

  it("takes a server that says nothing of it for live after a while, or with the first event", () => {
    const silent = new FakeLine();
    talk(silent, { type: "connection_ack" });
    expect(silent.reports).toEqual([]);
    vi.runAllTimers();
    expect(silent.reports).toEqual([["live"]]);
    const quick = new FakeLine();
    talk(quick, { type: "connection_ack" }, next(2));
    expect(quick.reports).toEqual([["live"], 2]);
  });

  it("answers pings, and says goodbye", () => {
    const line = new FakeLine();
    const conversation = talk(line, { type: "ping" });
    conversation.end();
    expect(line.frames.slice(1)).toEqual([{ type: "pong" }, { id: "1", type: "complete" }]);
  });

  it("is lost when the operation ends, and refused with the protocol's own codes", () => {
    for (const [frame, report] of [
      [{ id: "1", type: "error", payload: [] }, "lost"],
      [{ id: "1", type: "complete" }, "lost"],
      [{ type: "pong", payload: { closing: { code: 4403, reason: "Forbidden" } } }, "refused"],
      [{ type: "pong", payload: { closing: { code: 4409, reason: "Exists" } } }, "lost"],
    ] as const) {
      const line = new FakeLine();
      talk(line, { type: "connection_ack" }, frame);
      vi.runAllTimers();
      expect(line.reports).toEqual([report]);
    }
  });
});

describe("MQTT", () => {
  const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;
  const publish = (payload: string): ArrayBuffer => {
    const body = new TextEncoder().encode(payload);
    return bytes(0x32, body.length + 5, 0, 1, 0x61, 0, 9, ...body);
  };
  const sign = { clientId: "ada-1", authorizer: "shop", token: "token" };

  it("connects with the token as password, subscribes, acknowledges and takes changes", async () => {
    const line = new FakeLine();
    const conversation = await iot.converse(line, sign, `orders/ada/${ID}`);
    conversation.begin();
    conversation.hear(bytes(0x20, 2, 0, 0));
    conversation.hear(bytes(0x90, 3, 0, 1, 1));
    const small = { ...change(2), at: "now" };
    conversation.hear(publish(JSON.stringify(small).slice(0, 60)));
    expect(line.reports).toEqual([["live"], "unreadable"]);
    const text = line.sent.map((message) => new TextDecoder().decode(message as Uint8Array));
    expect(text[0]).toContain("?x-amz-customauthorizer-name=shop");
    expect(text[0]).toContain("token");
    expect(text[1]).toContain(`orders/ada/${ID}`);
    expect([...(line.sent[2] as Uint8Array)]).toEqual([0x40, 2, 0, 9]);
  });

  it("tells a refused token, a refused topic, text and nonsense apart", async () => {
    for (const [message, report] of [
      [bytes(0x20, 2, 0, 5), "refused"],
      [bytes(0x20, 2, 0, 3), "lost"],
      [bytes(0x90, 3, 0, 1, 0x80), "lost"],
      [bytes(0xff, 0xff, 0xff, 0xff, 0xff), "lost"],
      ["text", "lost"],
    ] as const) {
      const line = new FakeLine();
      (await iot.converse(line, sign, "orders/ada/1")).hear(message);
      expect(line.reports).toEqual([report]);
    }
  });
});

describe("AppSync's subscription", () => {
  const traffic = (text: string, url = "wss://realtime.example/graphql"): Traffic => ({
    channel: "socket",
    url,
    text,
    tag: "",
    requests: 0,
    bytes: text.length,
  });

  it("owns the frames of this order's subscription and no other's", () => {
    const ids = new Set<string>();
    const owns = (text: string, url?: string): boolean => isOfSubscription(traffic(text, url), "wss://realtime.example", ID, ids);
    expect(owns(JSON.stringify({ id: "a", type: "start", payload: "OnMine" }))).toBe(false);
    expect(owns(JSON.stringify({ id: "b", type: "start", payload: `OnOrder ${ID}` }))).toBe(true);
    expect(owns(JSON.stringify({ id: "b", type: "data" }))).toBe(true);
    expect(owns(JSON.stringify({ id: "a", type: "data" }))).toBe(false);
    expect(owns(JSON.stringify({ id: "b", type: "data" }), "wss://elsewhere.example")).toBe(false);
    expect(owns("")).toBe(false);
  });
});
