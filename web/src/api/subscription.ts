/** One subscription over Amplify's connection: when it is live, what it brings, and that it is lost. */
import { Hub } from "aws-amplify/utils";
import { closeSockets } from "./network";
import { RENEW_BEFORE, tokenLasts } from "./session";

/** Amplify waits 15 s for each of two answers; what is not live by then begins again. */
const PATIENCE = 20_000;
/** Beyond these the connection does not work, whatever it says of itself. */
const LOST = new Set([
  "ConnectionDisrupted",
  "ConnectionDisruptedPendingNetwork",
  "ConnectedPendingNetwork",
  "ConnectedPendingKeepAlive",
  "Disconnected",
]);

export interface Client {
  graphql(options: { query: unknown; variables: object }): unknown;
}

interface Stream {
  subscribe(observer: { next: (event: unknown) => void; error: (error: unknown) => void }): { unsubscribe(): void };
}

/** What a subscription reports. After the first `lost` it reports nothing more. */
export interface Events<T> {
  /** What happens from now on will arrive. */
  live(): void;
  /** Null for an event that could not be read: it still tells that something changed. */
  pushed(news: T | null): void;
  lost(): void;
}

/** Opens one subscription; the function that it returns closes it. */
export type Open<T> = (events: Events<T>) => () => void;

export function subscription<T>(
  streams: Client,
  realtime: string,
  query: object,
  named: object,
  read: (event: unknown) => T | null,
): Open<T> {
  return (events) => {
    let over = false;
    let renewal: ReturnType<typeof setTimeout> | undefined;
    let stream: { unsubscribe(): void } | undefined;
    // A new object each time: Amplify's hub names a subscription by its variables alone.
    const variables = { ...named };
    const lost = (): void => {
      if (!over) events.lost();
    };
    const patience = setTimeout(lost, PATIENCE);
    const unlisten = Hub.listen("api", ({ payload }) => {
      const data = payload.data as { variables?: unknown; connectionState?: unknown } | undefined;
      if (payload.event === "Subscription ack" && data?.variables === variables) {
        clearTimeout(patience);
        void tokenLasts().then((remaining) => {
          // The connection is authorized once, when it opens: a new one before the token's time is up.
          if (!over) renewal = setTimeout(() => closeSockets(realtime), Math.max(1_000, remaining - RENEW_BEFORE));
        }, lost);
        events.live();
      } else if (payload.event === "ConnectionStateChange" && LOST.has(String(data?.connectionState))) {
        if (subscribed) lost();
      }
    });
    // States of the connection before this one are reported, too.
    let subscribed = false;
    void tokenLasts().then(() => {
      if (over) return;
      stream = (streams.graphql({ query, variables }) as Stream).subscribe({
        next: (event) => events.pushed(read(event)),
        error: lost,
      });
      subscribed = true;
    }, lost);
    return () => {
      over = true;
      clearTimeout(patience);
      clearTimeout(renewal);
      unlisten();
      stream?.unsubscribe();
    };
  };
}
