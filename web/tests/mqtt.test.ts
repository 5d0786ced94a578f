import { describe, expect, it } from "vitest";
import { connect, Malformed, type Packet, PacketReader, puback, subscribe } from "../src/channels/mqtt";

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const read = (...pieces: number[][]): Packet[] => {
  const reader = new PacketReader();
  return pieces.flatMap((piece) => reader.feed(new Uint8Array(piece)));
};
// A message with QoS 1 under the id 10 on the topic "a/b", retained, with the payload "hi".
const PUBLISH = [0x33, 9, 0, 3, 0x61, 0x2f, 0x62, 0, 10, 0x68, 0x69];

describe("packets to bytes", () => {
  it("writes what the standard says, byte by byte", () => {
    const packet = connect({ clientId: "c", username: "u", password: "p", keepAlive: 60 });
    expect(hex(packet)).toBe("101300044d51545404c2003c0001630001750001" + "70");
    expect(hex(subscribe(10, "a/b"))).toBe("8208000a0003612f6201");
    expect(hex(puback(10))).toBe("4002000a");
  });

  it("writes lengths of more than 127 in two bytes, the low digits first", () => {
    const packet = connect({ clientId: "c", username: "", password: "p".repeat(1000), keepAlive: 1 });
    expect([packet[1], packet[2]]).toEqual([0x80 | (1017 % 128), Math.floor(1017 / 128)]);
    expect(packet).toHaveLength(1017 + 3);
  });

  it("refuses a text that its length cannot tell", () => {
    expect(() => subscribe(1, "x".repeat(65_536))).toThrow(Malformed);
  });
});

describe("bytes to packets", () => {
  it("reads a message with all that belongs to it", () => {
    const [packet] = read(PUBLISH);
    expect(packet).toMatchObject({ kind: "publish", topic: "a/b", id: 10, retained: true });
    expect(packet?.kind === "publish" && new TextDecoder().decode(packet.payload)).toBe("hi");
  });

  it("reads the same whichever pieces it comes in", () => {
    const stream = [0x20, 2, 0, 0, ...PUBLISH, 0xd0, 0, 0x90, 3, 0, 1, 1];
    const whole = read(stream);
    expect(whole.map(({ kind }) => kind)).toEqual(["connack", "publish", "other", "suback"]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(read(stream.slice(0, cut), stream.slice(cut))).toEqual(whole);
    }
    expect(read(...stream.map((byte) => [byte]))).toEqual(whole);
  });

  it.each([
    ["a length without an end", [0x30, 0xff, 0xff, 0xff, 0xff]],
    ["a length beyond the limit", [0x30, 0xff, 0xff, 0xff, 0x7f]],
    ["a topic beyond its packet", [0x30, 2, 0, 9]],
    ["a topic that is no UTF-8", [0x30, 3, 0, 1, 0xff]],
    ["a packet that ends early", [0x20, 0]],
    ["quality of service 2", [0x34, 5, 0, 1, 0x61, 0, 1]],
  ])("refuses %s", (_, bytes) => {
    expect(() => read(bytes)).toThrow(Malformed);
  });
});
