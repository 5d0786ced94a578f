import "./browser";
import { afterEach, describe, expect, it } from "vitest";
import { EventReader, type StreamEvent } from "../src/channels/event-stream";
import { Past } from "../src/channels/sse";
import { streamLink } from "../src/channels/stream";
import { change, FakeLine, ID } from "./line";

const read = (...pieces: string[]): StreamEvent[] => {
  const reader = new EventReader();
  return pieces.flatMap((piece) => reader.feed(piece));
};

describe("EventReader", () => {
  it("reads names, data of several lines, comments and what it does not know", () => {
    expect(read("retry: 10\n\n: hello\nevent: change\nid: 7\ndata: a\ndata:b\nunknown: x\n\ndata\n\n")).toEqual([
      { name: "change", data: "a\nb" },
      { name: "message", data: "" },
    ]);
  });

  it("forgets what was not ended, and what holds no data", () => {
    expect(read("event: lonely\n\ndata: x\n\ndata: lost")).toEqual([{ name: "message", data: "x" }]);
  });

  it("reads the same whichever pieces and line ends it comes in", () => {
    for (const end of ["\n", "\r", "\r\n"]) {
      const text = "\ufeffevent: e\ndata: 1\n\n:\ndata: 2\n\n".replaceAll("\n", end);
      const whole = [
        { name: "e", data: "1" },
        { name: "message", data: "2" },
      ];
      for (let cut = 0; cut <= text.length; cut += 1) expect(read(text.slice(0, cut), text.slice(cut))).toEqual(whole);
      expect(read(...Array.from(text))).toEqual(whole);
    }
  });
});

describe("what a stream tells of the past", () => {
  const event = (version: number): StreamEvent => ({ name: "change", data: JSON.stringify(change(version)) });

  it("is handed on as history, once all of it is there", () => {
    const line = new FakeLine();
    const past = new Past(ID, 0);
    past.begin("2", line);
    past.take(event(1), line);
    expect(line.reports).toEqual([]);
    past.take(event(2), line);
    past.take(event(3), line);
    expect(line.reports).toEqual([["live", { orderId: ID, version: 2, changes: [change(1), change(2)] }], 3]);
  });

  it("is live at once when there is none, or none that is not here", () => {
    for (const have of [0, 4]) {
      const line = new FakeLine();
      new Past(ID, have).begin(String(have), line);
      expect(line.reports).toEqual([["live", { orderId: ID, version: have, changes: [] }]]);
    }
  });

  it("has history read when the server does not say how long it is, and for what cannot be read", () => {
    const line = new FakeLine();
    new Past(ID, 0).begin(null, line);
    expect(line.reports).toEqual([["live"]]);
    const broken = new FakeLine();
    const past = new Past(ID, 0);
    past.begin("2", broken);
    past.take({ name: "change", data: "{" }, broken);
    expect(broken.reports).toEqual([["live"], "unreadable"]);
  });

  it("is lost when the server asks for a new stream", () => {
    const line = new FakeLine();
    const past = new Past(ID, 0);
    past.take({ name: "reconnect", data: "{}" }, line);
    past.take({ name: "problem", data: "{}" }, line);
    past.take({ name: "end", data: "{}" }, line);
    expect(line.reports).toEqual(["lost", "lost"]);
  });
});

describe("streamLink", () => {
  const real = globalThis.fetch;
  afterEach(() => {
    globalThis.fetch = real;
  });

  const follow = async (answer: Response): Promise<FakeLine> => {
    globalThis.fetch = () => Promise.resolve(answer);
    const line = new FakeLine();
    const link = streamLink({
      name: "sse",
      request: () => Promise.resolve({ url: "http://fake", headers: {} }),
      opened: (_, events) => events.live([]),
      take: ({ name }, events) => events.pushed(name === "change" ? change(2) : null),
    });
    const close = link(line, new Map());
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve)); // all of it is there already
    close();
    return line;
  };

  it("is lost when the response ends without a word", async () => {
    const line = await follow(new Response("event: change\ndata: x\n\n"));
    expect(line.reports).toEqual([["live"], 2, "lost"]);
  });

  it("is not lost when the server says that nothing is left to come", async () => {
    const line = await follow(new Response("event: change\ndata: x\n\nevent: end\ndata: {}\n\n"));
    expect(line.reports).toEqual([["live"], 2]);
    expect((await follow(new Response(null, { status: 204 }))).reports).toEqual([["live"]]);
  });

  it("is lost when the server refuses", async () => {
    expect((await follow(new Response("", { status: 401 }))).reports).toEqual(["lost"]);
  });
});
