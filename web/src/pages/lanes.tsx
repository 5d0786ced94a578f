import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { cut, setCut } from "../api/network";
import { SHELF } from "../catalogue";
import type { Config } from "../config";
import { newToken } from "../draft";
import { formatCount, formatMs } from "../format";
import { LANES, type LaneName, type LaneView, Race, available } from "../lanes";
import { GOOD_LIFE } from "../model";
import { strings } from "../strings";
import { Notice } from "../ui/notice";

const words = strings.lanes;
/** Longest to wait for the connections: a lane that is late reads what it missed. */
const PATIENCE = 4_000;

export function Lanes({ api, config }: { api: AppSync; config: Config }) {
  const made = useRef<Race | null>(null);
  made.current ??= new Race(api, config);
  const race = made.current;
  const busy = useSignal(false);
  const order = useSignal("");
  const problem = useSignal<Problem | null>(null);
  useEffect(
    () => () => {
      race.stop();
      if (cut.value) setCut(false); // nobody could mend it from another page
    },
    [race],
  );

  const submit = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    const ware = config.catalogue?.[0] ?? SHELF[0];
    if (!ware) return;
    const { sku, name, unitPrice, currency } = ware;
    const clientToken = newToken();
    order.value = clientToken;
    try {
      race.follow(clientToken);
      await race.ready(PATIENCE);
      await api.submit({ clientToken, currency, items: [{ sku, name, unitPrice, quantity: 1 }], cardToken: "tok_approve" });
      race.submitted();
    } catch (error) {
      problem.value = error instanceof ApiError ? error.problem : "fault";
      race.stop();
    } finally {
      busy.value = false;
    }
  };
  const can = available(config);

  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <div class="card controls">
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void submit()}>
          {busy.value ? words.busy : order.value === "" ? words.submit : words.again}
        </button>
        <button type="button" class={cut.value ? "danger" : ""} aria-pressed={cut} onClick={() => setCut(!cut.value)}>
          {cut.value ? words.mend : words.cut}
        </button>
        <label class="slider">
          <span>{words.interval}</span>
          <input
            type="range"
            min="250"
            max="10000"
            step="250"
            value={race.interval}
            aria-valuetext={words.seconds((race.interval.value / 1000).toString())}
            onInput={(event) => {
              race.interval.value = event.currentTarget.valueAsNumber;
            }}
          />
          <output>{words.seconds((race.interval.value / 1000).toFixed(2))}</output>
        </label>
        <p class="hint" role="status">
          {problem.value ? strings.problems[problem.value] : order.value === "" ? words.nothing : words.following(order.value)}
        </p>
      </div>
      <div class="lanes">
        {LANES.map((name) => (
          <LaneCard key={name} name={name} view={race.views[name]} there={can[name]} />
        ))}
      </div>
      <p class="faint notes">{words.notes}</p>
    </>
  );
}

function LaneCard({ name, view, there }: { name: LaneName; view: ReadonlySignal<LaneView>; there: boolean }) {
  const { state, seen, requests, bytes, dropped } = view.value;
  const shown = state === "idle" ? words.idle : state === "done" ? words.done : words.states[state];
  // An order that must be approved has one row more.
  const rows = Array.from({ length: Math.max(GOOD_LIFE.length, seen.length) }, (_, n) => ({
    status: seen[n]?.status ?? GOOD_LIFE[n] ?? "DELIVERED",
    seen: seen[n],
  }));
  return (
    <section class={`card lane ${state}`} aria-labelledby={`lane-${name}`} data-lane={name} data-state={state}>
      <h2 id={`lane-${name}`}>{words.names[name]}</h2>
      <p class="faint how">{words.how[name]}</p>
      {there ? (
        <>
          <p class="state">
            <span class="dot" aria-hidden="true" />
            {shown}
          </p>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.status}</th>
                <th scope="col" class="figure">
                  {words.delay}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ status, seen: one }, n) => (
                <tr key={n} class={one ? (one.late ? "late" : "here") : "ahead"} data-version={one?.version}>
                  <th scope="row">{strings.statuses[status]}</th>
                  <td class="figure">
                    {one ? formatMs(one.delay) : "–"}
                    {one?.late && (
                      <span class="mark-late">
                        {" "}
                        <abbr title={words.batched}>{words.batchedMark}</abbr>
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <dl>
            <div>
              <dt>{words.requests}</dt>
              <dd>{formatCount(requests)}</dd>
            </div>
            <div>
              <dt>{words.bytes}</dt>
              <dd>{formatCount(bytes)}</dd>
            </div>
            <div>
              <dt>{words.dropped}</dt>
              <dd>{formatCount(dropped)}</dd>
            </div>
          </dl>
        </>
      ) : (
        <Notice kind="empty">{words.missing}</Notice>
      )}
    </section>
  );
}
