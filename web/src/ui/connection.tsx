import { useSignal, useSignalEffect } from "@preact/signals";
import { cut, setCut } from "../api/network";
import type { OrderStore } from "../store";
import { strings } from "../strings";

/** Always there, always one line: how the connection is, and what is being done about it. */
export function ConnectionBar({ store }: { store: OrderStore }) {
  const now = useSignal(performance.now());
  useSignalEffect(() => {
    if (store.connection.value.state !== "away") return;
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 500);
    return () => clearInterval(timer);
  });
  const { state, retryAt } = store.connection.value;
  const words = strings.connection;
  let text: string = words[state];
  if (cut.value) text = words.cut;
  else if (state === "away" && !navigator.onLine) text = words.offline;
  else if (state === "away") text = words.retry(Math.max(0, Math.ceil(((retryAt ?? 0) - now.value) / 1000)));
  const shown = cut.value ? "away" : state;
  return (
    <section class={`connection ${shown}`} aria-label={words.label} data-state={shown}>
      <div>
        <span class="dot" aria-hidden="true" />
        {/* Only the state itself is announced, not each second of the countdown. */}
        <span class="visually-hidden" role="status">
          {cut.value ? words.cut : words[state]}
        </span>
        <span aria-hidden="true">{text}</span>
        <button
          type="button"
          class="quiet"
          disabled={shown !== "away"}
          onClick={() => {
            if (cut.value) setCut(false);
            else store.nudge();
          }}
        >
          {cut.value ? words.mend : words.now}
        </button>
      </div>
    </section>
  );
}
