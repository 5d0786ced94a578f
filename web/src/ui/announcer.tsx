import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Change } from "../model";
import type { OrderStore } from "../store";
import { strings } from "../strings";

/** A screen reader announces at most so often: two hundred orders would talk without end. */
const EVERY = 1_500;

/** Tells screen readers of changes, politely. */
export function Announcer({ store }: { store: OrderStore }) {
  const announcement = useSignal("");
  const unsaid = useRef<readonly Change[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useSignalEffect(() => {
    if (store.news.value.length === 0) return;
    unsaid.current = [...unsaid.current, ...store.news.value];
    timer.current ??= setTimeout(() => {
      const [first, ...others] = unsaid.current;
      if (first) {
        announcement.value =
          others.length === 0
            ? strings.announce.changed(first.orderId, first.status)
            : strings.announce.many(unsaid.current.length);
      }
      unsaid.current = [];
      timer.current = undefined;
    }, EVERY);
  });
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {announcement}
    </p>
  );
}
