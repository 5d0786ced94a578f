import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Pace } from "./pace";

/** A sentence that changes often, for those who listen: politely, and at most so often. */
export function Paced({ text, every }: { text: string; every: number }) {
  const spoken = useSignal("");
  const pace = useRef(new Pace(every, (sentence) => (spoken.value = sentence)));
  useEffect(() => () => pace.current.stop(), []);
  useEffect(() => pace.current.offer(text), [text]);
  return (
    <p class="visually-hidden" role="status" aria-live="polite" data-spoken>
      {spoken}
    </p>
  );
}
