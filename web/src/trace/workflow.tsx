/** An order's workflow as a picture, for staff: the states that it went through, with times, retries and errors. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { Companion } from "../api/companion";
import { ApiError, type Problem } from "../api/errors";
import { formatMs, formatTime } from "../format";
import { isFinal } from "../model";
import { Redrive } from "../orders/redrive";
import type { Row } from "../orders/row";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import type { Trace } from "./model";
import { PictureOf } from "./picture";
import { visits } from "./visits";
import { Waterfall } from "./waterfall";

const words = strings.trace;
/** Reading a history has a small quota on AWS: an execution that waits for days is looked at ever less often. */
const SOONEST = 1_000;
const LATEST = 60_000;

export function Workflow({ order, api, rest }: { order: Row; api: AppSync; rest: string | null }) {
  const trace = useSignal<Trace | null>(null);
  const problem = useSignal<Problem | null>(null);
  const { id, version } = order;

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (wait: number): Promise<void> => {
      let again = true;
      if (!document.hidden) {
        try {
          const loaded = await api.trace(id);
          if (over) return;
          trace.value = loaded;
          problem.value = loaded ? null : "not-found";
          again = loaded?.outcome === "RUNNING" || loaded?.outcome === "NOT_STARTED";
        } catch (error) {
          if (over) return;
          problem.value = error instanceof ApiError ? error.problem : "fault";
          again = problem.value === "try-again" || problem.value === "offline";
        }
      }
      if (again) timer = setTimeout(() => void look(Math.min(LATEST, wait * 2)), wait);
    };
    void look(SOONEST);
    return () => {
      over = true;
      clearTimeout(timer);
    };
    // Each change of the order is one of the workflow too.
  }, [id, version]);

  return (
    <section class="card workflow" aria-labelledby="workflow-title" data-outcome={trace.value?.outcome ?? undefined}>
      <h2 id="workflow-title">{words.title}</h2>
      {rest !== null && isBroken(order, trace.value) && <Redrive id={id} companion={new Companion(rest, "redrive")} />}
      {trace.value ? (
        <Shown trace={trace.value} />
      ) : problem.value ? (
        <Notice kind="error">
          <p>{words.failed}</p>
          <p>{strings.problems[problem.value]}</p>
        </Notice>
      ) : (
        <div role="status">
          <span class="visually-hidden">{words.loading}</span>
          <div class="skeleton" aria-hidden="true" />
        </div>
      )}
    </section>
  );
}

/** Its execution is over, and the order is not: a person mends the cause, then it continues from there. */
function isBroken(order: Row, trace: Trace | null): boolean {
  const over = trace?.outcome === "FAILED" || trace?.outcome === "TIMED_OUT" || trace?.outcome === "ABORTED";
  return over && !isFinal(order.status);
}

function Shown({ trace }: { trace: Trace }) {
  const visited = useMemo(() => visits(trace.steps), [trace]);
  const chosen = useSignal<string | null>(null);
  if (trace.workflow === null) return <p>{words.notStarted}</p>;
  return (
    <>
      <p class="faint">
        {words.summary(trace)}
        {trace.source === "STATUSES" ? ` ${words.statusesOnly[trace.workflow]}` : ""}
      </p>
      <PictureOf trace={trace} visited={visited} chosen={chosen} />
      <Chosen trace={trace} name={chosen.value} />
      <details>
        <summary>{words.table}</summary>
        <Steps trace={trace} />
      </details>
      <details>
        <summary>{strings.waterfall.title}</summary>
        <Waterfall trace={trace} />
      </details>
    </>
  );
}

/** What is known of the chosen state. */
function Chosen({ trace, name }: { trace: Trace; name: string | null }) {
  const node = trace.nodes.find((candidate) => candidate.name === name);
  const caught = trace.transitions.filter((transition) => transition.source === name && transition.kind === "CATCH");
  return (
    <div class="chosen" role="status">
      {node ? (
        <>
          <p>
            <strong>{node.name}</strong> <span class="faint">{node.type}</span>
          </p>
          {node.comment ? <p>{node.comment}</p> : null}
          {caught.length > 0 ? (
            <ul>
              {caught.map((transition) => (
                <li key={transition.target}>{words.caught(transition.errors, transition.target)}</li>
              ))}
            </ul>
          ) : null}
        </>
      ) : (
        <p class="faint">{words.choose}</p>
      )}
    </div>
  );
}

function Steps({ trace }: { trace: Trace }) {
  const { columns } = words;
  const names = new Map(trace.steps.map((step) => [step.id, step.name]));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.table}>
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.state}</th>
            <th scope="col">{columns.within}</th>
            <th scope="col" class="figure">{columns.entered}</th>
            <th scope="col" class="figure">{columns.took}</th>
            <th scope="col" class="figure">{columns.retries}</th>
            <th scope="col">{columns.outcome}</th>
            <th scope="col">{columns.error}</th>
          </tr>
        </thead>
        <tbody>
          {trace.steps.map((step) => (
            <tr key={step.id}>
              <th scope="row">{step.name}</th>
              <td>{step.parent === null ? "" : words.place(names.get(step.parent) ?? "", step.index)}</td>
              <td class="figure">{formatTime(step.enteredAt)}</td>
              <td class="figure">{step.leftAt ? formatMs(Date.parse(step.leftAt) - Date.parse(step.enteredAt)) : ""}</td>
              <td class="figure">{step.retries || ""}</td>
              <td>{words.outcomes[step.outcome]}</td>
              <td>{step.error}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
