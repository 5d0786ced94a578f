import { useSignal } from "@preact/signals";
import { ApiError, type Problem } from "../api/errors";
import type { Companion } from "../api/companion";
import { strings } from "../strings";

const words = strings.redrive;

/** Staff have an order's broken workflow go on. The server knows whether there is anything to redrive. */
export function Redrive({ id, companion }: { id: string; companion: Companion }) {
  const busy = useSignal(false);
  const outcome = useSignal<Problem | "done" | null>(null);
  const redrive = async (): Promise<void> => {
    busy.value = true;
    outcome.value = null;
    try {
      await companion.redrive(id, AbortSignal.timeout(30_000));
      outcome.value = "done";
    } catch (error) {
      outcome.value = error instanceof ApiError ? error.problem : "fault";
    } finally {
      busy.value = false;
    }
  };
  const result = outcome.value;
  return (
    <div class="redrive">
      <button type="button" disabled={busy} aria-label={words.label(id)} onClick={() => void redrive()}>
        {busy.value ? words.busy : words.go}
      </button>
      <p class="hint" role="status">
        {result === null ? "" : result === "done" ? words.done : strings.problems[result]}
      </p>
    </div>
  );
}
