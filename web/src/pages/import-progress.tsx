/** One import: how far it is, line by line, and its acknowledgement at the end. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { offline } from "../api/network";
import { formatWhole } from "../format";
import { type Import, type Progress, handled, isEnded, isUntouched, mayCancel, merge, settle } from "../imports/model";
import { Acknowledgement } from "../imports/acknowledgement";
import { Refusals } from "../imports/refusals";
import { words } from "../imports/words";
import { Watcher } from "../live/watcher";
import { importHref } from "../router";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import { Paced } from "../ui/paced";
import "../imports/imports.css";

/** A screen reader announces the progress at most so often. */
const SAY_EVERY = 5_000;

async function read(api: AppSync, id: string): Promise<Import> {
  const answer = await api.import(id);
  if (answer === null) throw new ApiError("not-found", id);
  return answer;
}

const watch = (api: AppSync, id: string): Watcher<Import, Progress> =>
  new Watcher({ read: () => read(api, id), open: api.progress(id), settle, merge, ended: isEnded });

export default function ImportProgress({ api, id }: { api: AppSync; id: string }) {
  const watcher = useMemo(() => watch(api, id), [api, id]);
  useEffect(() => {
    watcher.start();
    return () => watcher.stop();
  }, [watcher]);
  const value = watcher.value.value;
  const problem = watcher.problem.value;
  return (
    <>
      <p class="back">
        <a href="#/import">{words.back}</a>
      </p>
      <h1 class="import-title" tabIndex={-1}>{value === null ? words.title : words.heading(value.fileName)}</h1>
      {problem !== null ? (
        <Notice kind="error" action={words.again} onAction={watcher.nudge}>
          <p>{words.failed}</p>
          <p>{messageOf(problem)}</p>
        </Notice>
      ) : value === null && watcher.state.value === "away" ? (
        <Notice kind="error" action={words.again} onAction={watcher.nudge}>
          <p>{words.failed}</p>
          <p>{strings.problems[offline() ? "offline" : "try-again"]}</p>
        </Notice>
      ) : value === null ? (
        <div role="status">
          <span class="visually-hidden">{words.loading}</span>
          <div class="card skeleton tall" aria-hidden="true" />
        </div>
      ) : (
        <Shown value={value} watcher={watcher} api={api} />
      )}
    </>
  );
}

const messageOf = (problem: Problem): string =>
  problem === "off" ? words.off : problem === "not-found" ? words.missing : strings.problems[problem];

function Shown({ value, watcher, api }: { value: Import; watcher: Watcher<Import, Progress>; api: AppSync }) {
  const ended = isEnded(value);
  return (
    <div class="import" data-import={value.id} data-status={value.status} data-version={value.version}>
      <section class="card" aria-labelledby="progress-title">
        <h2 id="progress-title" class={`status ${value.status.toLowerCase()}`}>
          {words.statuses[value.status]}
        </h2>
        <p>{value.reason === null ? words.meanings[value.status] : words.failures[value.reason]}</p>
        {value.detail !== null && <p class="detail">{value.detail}</p>}
        {!ended && value.status !== "AWAITING_UPLOAD" && <Lines value={value} />}
        <Counts value={value} />
        {value.duplicateOf !== null && (
          <Notice kind="info" action={words.toFirst} href={importHref(value.duplicateOf)}>
            {words.duplicate}
          </Notice>
        )}
        {!ended && <p class="faint">{words.connection[watcher.state.value]}</p>}
        {mayCancel(value) && <Cancel id={value.id} api={api} watcher={watcher} />}
      </section>
      {ended && !isUntouched(value) && <Acknowledgement value={value} fresh={() => read(api, value.id)} />}
      <Refusals value={value} />
      <Paced text={words.sentence(value)} every={SAY_EVERY} />
    </div>
  );
}

function Lines({ value }: { value: Import }) {
  const done = handled(value);
  return (
    <label class="lines">
      {words.progress}
      {value.lines === null ? <progress /> : <progress max={Math.max(1, value.lines)} value={done} />}
      <span class="faint">
        {value.lines === null ? words.counting : `${formatWhole(done)} / ${formatWhole(value.lines)}`}
      </span>
    </label>
  );
}

function Counts({ value }: { value: Import }) {
  if (isUntouched(value)) return null;
  const { counts, hints } = words;
  const entries = [
    ["lines", counts.lines, value.lines, ""],
    ["accepted", counts.accepted, value.accepted, hints.accepted],
    ["repeated", counts.repeated, value.repeated, hints.repeated],
    ["refused", counts.refused, value.refused, hints.refused],
  ] as const;
  return (
    <dl class="counts">
      {entries.map(([name, title, n, hint]) => (
        <div key={name} data-count={name}>
          <dt>{title}</dt>
          <dd>{n === null ? "–" : formatWhole(n)}</dd>
          <dd class="faint">{hint}</dd>
        </div>
      ))}
    </dl>
  );
}

function Cancel({ id, api, watcher }: { id: string; api: AppSync; watcher: Watcher<Import, Progress> }) {
  const confirming = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal("");
  const question = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (confirming.value) question.current?.focus();
  }, [confirming.value]);
  const cancel = async (): Promise<void> => {
    busy.value = true;
    problem.value = "";
    try {
      watcher.take(await api.cancelImport(id));
    } catch (error) {
      const reason = error instanceof ApiError ? error.problem : "fault";
      problem.value = reason === "too-late" ? words.late : strings.problems[reason];
      watcher.nudge();
    }
    busy.value = false;
    confirming.value = false;
  };
  return (
    <div class="cancel">
      {confirming.value ? (
        <div role="group" aria-label={words.cancel}>
          <p ref={question} tabIndex={-1}>
            {words.sure}
          </p>
          <div class="row">
            <button type="button" class="danger" aria-disabled={busy.value} onClick={() => !busy.value && void cancel()}>
              {busy.value ? words.cancelling : words.yes}
            </button>
            <button type="button" class="quiet" onClick={() => (confirming.value = false)}>
              {words.no}
            </button>
          </div>
        </div>
      ) : (
        <button type="button" class="danger" onClick={() => (confirming.value = true)}>
          {words.cancel}
        </button>
      )}
      {problem.value !== "" && <Notice kind="error">{problem.value}</Notice>}
    </div>
  );
}
