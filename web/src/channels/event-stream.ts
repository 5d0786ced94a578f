/**
 * The format of Server-Sent Events: pieces of text in, events out. `EventSource` reads it as well, but sends
 * no token.
 *
 * Source: WHATWG HTML, "Server-sent events", "Interpreting an event stream".
 */
export interface StreamEvent {
  /** `message` where the server names none. */
  readonly name: string;
  readonly data: string;
}

export class EventReader {
  #line = "";
  #started = false;
  #afterReturn = false;
  #name = "";
  #data: string[] = [];

  /** Take a piece; return the events that it completes. */
  feed(piece: string): StreamEvent[] {
    let text = piece;
    if (text !== "" && !this.#started) {
      this.#started = true;
      if (text.startsWith("\ufeff")) text = text.slice(1);
    }
    if (this.#afterReturn && text !== "") {
      // The line has ended with the carriage return already, however late its line feed comes.
      if (text.startsWith("\n")) text = text.slice(1);
      this.#afterReturn = false;
    }
    if (text.endsWith("\r")) this.#afterReturn = true;
    const lines = (this.#line + text).split(/\r\n|\r|\n/);
    this.#line = lines.pop() ?? "";
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): StreamEvent | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    return null; // a comment, or what nothing here depends on
  }

  #dispatch(): StreamEvent | null {
    const [name, data] = [this.#name, this.#data];
    this.#name = "";
    this.#data = [];
    return data.length > 0 ? { name: name === "" ? "message" : name, data: data.join("\n") } : null;
  }
}
