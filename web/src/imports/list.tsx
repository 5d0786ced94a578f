/** What has been imported, newest first. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { formatDay } from "../format";
import { importHref } from "../router";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import { type Listed, isEnded } from "./model";
import { words as all } from "./words";

const words = all.list;

/** It is read again whenever `changes` is another number. */
export function ImportList({ api, changes }: { api: AppSync; changes: number }) {
  const listed = useSignal<readonly Listed[] | null>(null);
  const next = useSignal<string | null>(null);
  const problem = useSignal<Problem | null>(null);
  const load = async (from: string | null): Promise<void> => {
    try {
      const page = await api.imports(from);
      listed.value = from === null ? page.imports : [...(listed.value ?? []), ...page.imports];
      next.value = page.nextToken;
      problem.value = null;
    } catch (error) {
      problem.value = error instanceof ApiError ? error.problem : "fault";
    }
  };
  useEffect(() => void load(null), [changes]);
  return (
    <section class="card" aria-labelledby="imports-title">
      <h2 id="imports-title">{words.title}</h2>
      {problem.value !== null ? (
        <Notice kind={problem.value === "off" ? "empty" : "error"} action={words.again} onAction={() => void load(null)}>
          <p>{words.failed}</p>
          <p>{problem.value === "off" ? all.off : strings.problems[problem.value]}</p>
        </Notice>
      ) : listed.value === null ? (
        <p role="status" class="faint">
          {words.loading}
        </p>
      ) : (
        <>
          {listed.value.length === 0 ? <p class="faint">{words.empty}</p> : <Table listed={listed.value} />}
          <div class="row">
            <button type="button" onClick={() => void load(null)}>
              {words.again}
            </button>
            {next.value !== null && (
              <button type="button" onClick={() => void load(next.value)}>
                {words.more}
              </button>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function Table({ listed }: { listed: readonly Listed[] }) {
  return (
    <table class="imports">
      <thead>
        <tr>
          <th scope="col">{words.file}</th>
          <th scope="col">{words.status}</th>
          <th scope="col" class="figure">
            {words.lines}
          </th>
          <th scope="col" class="begun">
            {words.begun}
          </th>
        </tr>
      </thead>
      <tbody>
        {listed.map((row) => (
          <tr key={row.id} data-import={row.id} data-status={row.status}>
            <th scope="row">
              <a href={importHref(row.id)}>{row.fileName}</a>
            </th>
            <td class={isEnded(row) ? "" : "open"}>{all.statuses[row.status]}</td>
            <td class="figure">{words.result(row)}</td>
            <td class="begun">
              <time dateTime={row.createdAt}>{formatDay(row.createdAt)}</time>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
