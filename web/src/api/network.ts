/**
 * All of the page's network goes through here, Amplify's too, so that each lane's traffic can be counted
 * and an outage can be shown without pulling a plug.
 */
import { signal } from "@preact/signals";

/** Whether the network is cut, as the visitor asked. */
export const cut = signal(false);

/** One thing that was sent or received. */
export interface Traffic {
  readonly channel: "http" | "socket";
  readonly url: string;
  /** Of an HTTP request's body, or of a message; empty for a message of bytes. */
  readonly text: string;
  /** On whose behalf, where its caller said so. */
  readonly tag: string;
  readonly requests: number;
  /** Heads as far as a page sees them, bodies, and messages with their frames' heads. */
  readonly bytes: number;
}

type Watcher = (traffic: Traffic) => void;
const watchers = new Set<Watcher>();
let tag = "";

/** Begin a request, or open a socket, on behalf of a tag, which all of its traffic carries. */
export function tagged<Result>(name: string, begin: () => Result): Result {
  tag = name;
  try {
    return begin();
  } finally {
    tag = "";
  }
}

const sockets = new Set<WebSocket>();
const aborts = new Set<AbortController>();

/** Observe all traffic until the returned function is called. */
export function watch(watcher: Watcher): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Cut the network, or mend it: what is under way breaks, and nothing new begins. */
export function setCut(value: boolean): void {
  cut.value = value;
  if (value) {
    for (const socket of sockets) socket.close();
    for (const abort of aborts) abort.abort(new TypeError("The network is cut."));
  }
  // As a browser reports: code that waits for the network need not wait for the next try.
  dispatchEvent(new Event(value ? "offline" : "online"));
}

/** Close the sockets to an address: they will be opened again with a fresh token. */
export function closeSockets(address: string): void {
  for (const socket of sockets) if (socket.url.startsWith(address)) socket.close();
}

export const offline = (): boolean => cut.value || !navigator.onLine;

const report = (traffic: Traffic): void => {
  for (const watcher of watchers) watcher(traffic);
};

const encoder = new TextEncoder();
const size = (value: string): number => encoder.encode(value).length;

function headSize(line: string, headers: Headers): number {
  let bytes = line.length + 4;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  return bytes;
}

/** With a frame's head; what a client sends is masked besides, with a key of 4 bytes. */
const framed = (message: unknown): number => {
  const bytes = typeof message === "string" ? size(message) : message instanceof Blob ? message.size : byteLength(message);
  return bytes + 2 + (bytes < 126 ? 0 : bytes < 65_536 ? 2 : 8);
};

const byteLength = (message: unknown): number =>
  message instanceof ArrayBuffer || ArrayBuffer.isView(message) ? message.byteLength : 0;

const textOf = (message: unknown): string => (typeof message === "string" ? message : "");

/** Stands for a connection that the cut network does not let through. */
class DeadSocket extends EventTarget {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readyState = 0;
  bufferedAmount = 0;
  extensions = "";
  protocol = "";
  binaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  constructor(readonly url: string) {
    super();
    setTimeout(() => {
      this.readyState = this.CLOSED;
      const close = new CloseEvent("close", { code: 1006 });
      this.onerror?.(new Event("error"));
      this.onclose?.(close);
      this.dispatchEvent(close);
    });
  }

  send(): void {
    // Nothing gets through.
  }

  close(): void {
    this.readyState = this.CLOSED;
  }
}

function meter(socket: WebSocket, protocols: string | string[] | undefined): WebSocket {
  sockets.add(socket);
  const { url } = socket;
  const of = { channel: "socket", url, tag } as const;
  const offered = typeof protocols === "string" ? protocols : (protocols ?? []).join(", ");
  report({ ...of, text: "", requests: 1, bytes: url.length + offered.length });
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    // The browser would drop it too, and complain: a subscription's end is sent on a connection that was lost.
    if (socket.readyState > socket.OPEN) return;
    report({ ...of, text: textOf(data), requests: 0, bytes: framed(data) + 4 });
    send(data);
  };
  socket.addEventListener("message", (event: MessageEvent<unknown>) => {
    report({ ...of, text: textOf(event.data), requests: 0, bytes: framed(event.data) });
  });
  socket.addEventListener("close", () => sockets.delete(socket));
  return socket;
}

/** Put the gate before the browser's `WebSocket` and `fetch`. Call it once, before anything connects. */
export function install(): void {
  const Socket = globalThis.WebSocket;
  globalThis.WebSocket = new Proxy(Socket, {
    construct(target, [url, protocols]: [string, string | string[] | undefined]) {
      return cut.value ? new DeadSocket(url) : meter(new target(url, protocols), protocols);
    },
  });
  const send = globalThis.fetch.bind(globalThis);
  globalThis.fetch = async (input, init) => {
    const of = { channel: "http", tag } as const; // before anything is waited for
    const request = new Request(input, init);
    const body = typeof init?.body === "string" ? init.body : "";
    if (cut.value) throw new TypeError("The network is cut.");
    const abort = new AbortController();
    aborts.add(abort);
    let streams = false;
    try {
      const path = new URL(request.url).pathname;
      const counted = { ...of, url: request.url, text: body };
      report({ ...counted, requests: 1, bytes: headSize(`${request.method} ${path} HTTP/1.1`, request.headers) + size(body) });
      const answer = await send(input, { ...init, signal: AbortSignal.any([request.signal, abort.signal]) });
      const head = headSize(`HTTP/1.1 ${answer.status}`, answer.headers);
      streams = answer.body !== null && (answer.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
      if (streams) {
        report({ ...counted, requests: 0, bytes: head });
        return metered(answer, (bytes) => report({ ...counted, requests: 0, bytes }), () => aborts.delete(abort));
      }
      const length = Number(answer.headers.get("Content-Length"));
      const received = answer.status === 304 ? 0 : length > 0 ? length : (await answer.clone().arrayBuffer()).byteLength;
      report({ ...counted, requests: 0, bytes: head + received });
      return answer;
    } finally {
      if (!streams) aborts.delete(abort);
    }
  };
}

/** The same answer, whose body is counted as it comes. */
function metered(answer: Response, count: (bytes: number) => void, end: () => void): Response {
  const body = answer.body?.getReader();
  const counted = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = await body?.read();
        if (!piece || piece.done) {
          end();
          controller.close();
          return;
        }
        count(piece.value.byteLength);
        controller.enqueue(piece.value);
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await body?.cancel(reason);
    },
  });
  return new Response(counted, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
}
