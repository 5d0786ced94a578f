/** The life of one WebSocket connection, the same for every protocol: patience, signs of life, renewal. */
import { tagged } from "../api/network";
import { RENEW_BEFORE, tokenLasts } from "../api/session";
import type { Link, LinkEvents } from "../live/follower";
import type { ChannelName } from "./channel";

/** Milliseconds that each answer may take. */
export const PATIENCE = 15_000;

/** How a conversation talks back. */
export interface Line extends Omit<LinkEvents, "lost"> {
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** The connection does not work; `refused` when the server does not take the token. */
  lost(refused?: boolean): void;
}

/** What a protocol says over an open socket. */
export interface Conversation {
  readonly begin: () => void;
  readonly hear: (data: unknown) => void;
  /** Milliseconds of silence after which `ping` is sent, or the connection counts as lost where there is none. */
  silence: number;
  readonly ping?: () => void;
  /** The last words, where the protocol has any. */
  readonly end?: () => void;
}

export interface Dial {
  readonly name: ChannelName;
  /** Where to, and with which subprotocols; `fresh` when the last token was refused. */
  readonly address: (fresh: boolean, signal: AbortSignal) => Promise<{ url: string; protocols?: string[] }>;
  readonly converse: (line: Line, have: ReadonlyMap<string, number>) => Conversation | Promise<Conversation>;
  /** For how many milliseconds the token lasts that is shown. */
  readonly lasts?: () => Promise<number>;
  /** For binary protocols. */
  readonly binary?: boolean;
}

/** Make a link of a protocol. */
export function socketLink(dial: Dial): Link {
  let refusals = 0;
  return (events, have) => {
    const abort = new AbortController();
    let socket: WebSocket | undefined;
    let conversation: Conversation | undefined;
    let silence: ReturnType<typeof setTimeout> | undefined;
    let renewal: ReturnType<typeof setTimeout> | undefined;
    const lost = (refused = false): void => {
      if (abort.signal.aborted) return;
      refusals = refused ? refusals + 1 : 0;
      events.lost();
    };
    const rearm = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        if (!conversation?.ping) {
          lost();
          return;
        }
        conversation.ping();
        silence = setTimeout(lost, PATIENCE);
      }, conversation?.silence ?? PATIENCE);
    };
    const line: Line = {
      live: (histories) => {
        refusals = 0;
        events.live(histories);
      },
      pushed: (change) => events.pushed(change),
      lost,
      send: (message) => socket?.send(message),
    };
    const open = async (): Promise<void> => {
      // Who connects is asked once: a new connection before the token's time is up.
      const remaining = await (dial.lasts ?? tokenLasts)();
      const { url, protocols } = await dial.address(refusals === 1, abort.signal);
      const speaks = await dial.converse(line, have);
      if (abort.signal.aborted) return;
      const opened = tagged(dial.name, () => new WebSocket(url, protocols));
      socket = opened;
      if (dial.binary) opened.binaryType = "arraybuffer";
      opened.onopen = () => speaks.begin();
      opened.onmessage = ({ data }: MessageEvent<unknown>) => {
        conversation = speaks;
        speaks.hear(data);
        if (!abort.signal.aborted) rearm();
      };
      opened.onclose = () => lost();
      silence = setTimeout(lost, PATIENCE);
      renewal = setTimeout(lost, Math.max(1_000, remaining - RENEW_BEFORE));
    };
    open().catch(() => lost());
    return () => {
      abort.abort();
      clearTimeout(silence);
      clearTimeout(renewal);
      if (!socket) return;
      socket.onclose = null;
      socket.onmessage = null;
      if (socket.readyState === socket.OPEN) conversation?.end?.();
      socket.close();
    };
  };
}
