import { useSignal } from "@preact/signals";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import type { Decision } from "../model";
import type { OrderStore } from "../store";
import { strings } from "../strings";

const words = strings.order;

/** Staff approve or reject an order that awaits it. */
export function Decide({ id, api, store }: { id: string; api: AppSync; store: OrderStore }) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const decide = async (decision: Decision): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      store.take(await api.decide(id, decision));
    } catch (error) {
      problem.value = error instanceof ApiError ? error.problem : "fault";
    } finally {
      busy.value = false;
    }
  };
  return (
    <div class="decide">
      <div class="row" role="group" aria-label={words.decide(id)}>
        <button type="button" disabled={busy} onClick={() => void decide("APPROVE")}>
          {busy.value ? words.deciding : words.approve}
        </button>
        <button type="button" class="danger" disabled={busy} onClick={() => void decide("REJECT")}>
          {words.reject}
        </button>
      </div>
      <p class="hint" role="status">
        {problem.value ? strings.problems[problem.value] : ""}
      </p>
    </div>
  );
}
