/** Says things at a listener's pace: the newest, and never sooner after the last than a set time. */

export class Pace {
  #last = -Infinity;
  #text: string | null = null;
  #spoken: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly every: number,
    private readonly say: (text: string) => void,
  ) {}

  /** What there is to say now; what has not been said yet is forgotten for it. */
  offer(text: string): void {
    if (text === this.#spoken) {
      this.#text = null;
      return;
    }
    this.#text = text;
    this.#timer ??= setTimeout(this.#speak, Math.max(0, this.#last + this.every - performance.now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#text = null;
  }

  readonly #speak = (): void => {
    this.#timer = undefined;
    if (this.#text === null) return;
    this.#last = performance.now();
    this.#spoken = this.#text;
    this.#text = null;
    this.say(this.#spoken);
  };
}
