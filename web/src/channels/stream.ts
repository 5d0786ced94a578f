/** A response that goes on, as a link: opened, read as it comes, and lost when it ends or falls silent. */
import { tagged } from "../api/network";
import type { Link, LinkEvents } from "../live/follower";
import type { ChannelName } from "./channel";
import { EventReader, type StreamEvent } from "./event-stream";

/** Milliseconds of silence after which a stream counts as dead: the server sends a comment every 15 seconds. */
const SILENCE = 45_000;
/** By this event a server says that nothing is left to come. */
const END = "end";

export interface Source {
  readonly name: ChannelName;
  /** What to request; `fresh` when the last token was refused. `have` is the version that is here. */
  readonly request: (fresh: boolean, have: ReadonlyMap<string, number>) => Promise<{ url: string; headers: Record<string, string> }>;
  /** The response has begun. */
  readonly opened: (response: Response, events: LinkEvents) => void;
  readonly take: (event: StreamEvent, events: LinkEvents) => void;
}

/** Make a link of a stream. */
export function streamLink(source: Source): Link {
  let refused = false;
  return (events, have) => {
    const abort = new AbortController();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const lost = (): void => {
      if (abort.signal.aborted) return;
      events.lost();
    };
    const rearm = (): void => {
      clearTimeout(silence);
      silence = setTimeout(lost, SILENCE);
    };
    const read = async (): Promise<void> => {
      const { url, headers } = await source.request(refused, have);
      rearm();
      const init = { headers: { Accept: "text/event-stream", ...headers }, signal: abort.signal, cache: "no-store" } as const;
      const response = await tagged(source.name, () => fetch(url, init));
      refused = response.status === 401 && !refused;
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      source.opened(response, events);
      if (response.body === null) {
        clearTimeout(silence); // 204: nothing is left to come
        return;
      }
      const reader = new EventReader();
      const decoder = new TextDecoder();
      const body = response.body.getReader();
      for (;;) {
        const { done, value } = await body.read();
        if (done) throw new Error("The stream has ended.");
        rearm();
        for (const event of reader.feed(decoder.decode(value, { stream: true }))) {
          if (event.name === END) {
            clearTimeout(silence); // nothing more comes, and a new stream would say the same
            return;
          }
          source.take(event, events);
        }
      }
    };
    read().catch(lost);
    return () => {
      abort.abort();
      clearTimeout(silence);
    };
  };
}
