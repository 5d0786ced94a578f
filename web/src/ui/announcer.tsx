import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { OrderStore } from "../store";
import { strings } from "../strings";

/** A screen reader hears at most so often: two hundred orders would talk without end. */
const EVERY = 1_500;

/** Tells screen readers of changes, politely. */
export function Announcer({ store }: { store: OrderStore }) {
  const said = useSignal("");
  const count = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useSignalEffect(() => {
    const change = store.latest.value;
    if (!change) return;
    count.current += 1;
    timer.current ??= setTimeout(() => {
      const last = store.latest.peek();
      said.value =
        count.current === 1 && last
          ? strings.announce.changed(last.orderId, last.status)
          : strings.announce.many(count.current);
      count.current = 0;
      timer.current = undefined;
    }, EVERY);
  });
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}
