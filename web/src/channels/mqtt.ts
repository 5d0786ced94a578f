/**
 * As much of MQTT 3.1.1 as a subscriber needs: bytes of packets, and packets of bytes. No input, no output.
 *
 * Source: OASIS, "MQTT Version 3.1.1". Left out, since AWS IoT has none of it or a subscriber needs none:
 * QoS 2, wills, sessions that outlive a connection.
 */

export const REFUSED = 0x80;
export const BAD_CREDENTIALS = 4;
export const NOT_AUTHORIZED = 5;
/** AWS IoT takes no payload above 128 KB; around it is a topic of at most 256 bytes. */
const LARGEST = 132 * 1024;

export interface Publish {
  readonly kind: "publish";
  readonly topic: string;
  /** What the receiver acknowledges; null with QoS 0. */
  readonly id: number | null;
  readonly retained: boolean;
  readonly payload: Uint8Array;
}

export type Packet =
  | { readonly kind: "connack"; readonly code: number }
  | { readonly kind: "suback"; readonly id: number; readonly codes: readonly number[] }
  | { readonly kind: "other"; readonly type: number }
  | Publish;

/** What arrived is no MQTT. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

type Bytes = Uint8Array<ArrayBuffer>;

export const PING: Bytes = new Uint8Array([0xc0, 0]);
export const DISCONNECT: Bytes = new Uint8Array([0xe0, 0]);

interface Connect {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** In seconds. */
  readonly keepAlive: number;
}

/** A CONNECT with a clean session, a user name and a password. */
export const connect = ({ clientId, username, password, keepAlive }: Connect): Bytes =>
  packet(0x10, [...text("MQTT"), 4, 0xc2, ...short(keepAlive), ...text(clientId), ...text(username), ...text(password)]);

/** A SUBSCRIBE to one topic with QoS 1. */
export const subscribe = (id: number, topic: string): Bytes => packet(0x82, [...short(id), ...text(topic), 1]);

export const puback = (id: number): Bytes => packet(0x40, short(id));

function packet(head: number, body: readonly number[]): Bytes {
  const length = [];
  let remaining = body.length;
  do {
    const digit = remaining % 128;
    remaining = Math.floor(remaining / 128);
    length.push(remaining > 0 ? digit | 0x80 : digit);
  } while (remaining > 0);
  return new Uint8Array([head, ...length, ...body]);
}

const short = (value: number): number[] => [value >> 8, value & 0xff];

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length > 0xffff) throw new Malformed("a text of more than 65,535 bytes");
  return [...short(bytes.length), ...bytes];
}

/** Puts packets together from pieces of any size. */
export class PacketReader {
  #rest: Uint8Array = new Uint8Array();

  /** Take a piece; return the packets that it completes. Throws `Malformed`, and is of no use afterwards. */
  feed(piece: Uint8Array): Packet[] {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    const packets: Packet[] = [];
    let at = 0;
    for (;;) {
      const frame = frameAt(bytes, at);
      if (frame === null) break;
      packets.push(parse(bytes[at] ?? 0, bytes.subarray(frame.start, frame.end)));
      at = frame.end;
    }
    this.#rest = bytes.slice(at);
    return packets;
  }
}

/** Where a packet's contents are; null while it is not whole. */
function frameAt(bytes: Uint8Array, at: number): { start: number; end: number } | null {
  let length = 0;
  for (let digit = 0; digit < 4; digit += 1) {
    const byte = bytes[at + 1 + digit];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 128 ** digit;
    if (length > LARGEST) throw new Malformed("a packet beyond AWS IoT's limit");
    if (byte < 0x80) {
      const start = at + 2 + digit;
      return start + length <= bytes.length ? { start, end: start + length } : null;
    }
  }
  throw new Malformed("a length of more than four bytes");
}

function parse(head: number, body: Uint8Array): Packet {
  const type = head >> 4;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  try {
    if (type === 2) return { kind: "connack", code: view.getUint8(1) };
    if (type === 9) return { kind: "suback", id: view.getUint16(0), codes: [...body.subarray(2)] };
    if (type !== 3) return { kind: "other", type };
    const qos = (head >> 1) & 3;
    if (qos > 1) throw new Malformed("a message of a quality that was not subscribed to");
    const end = 2 + view.getUint16(0);
    if (end > body.length) throw new Malformed("a topic beyond its packet");
    return {
      kind: "publish",
      topic: new TextDecoder("utf-8", { fatal: true }).decode(body.subarray(2, end)),
      id: qos === 0 ? null : view.getUint16(end),
      retained: (head & 1) === 1,
      payload: body.subarray(end + (qos === 0 ? 0 : 2)),
    };
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed(`a packet of type ${type} that ends early, or a topic that is no UTF-8`);
  }
}
