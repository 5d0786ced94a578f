import type { ReadonlySignal } from "@preact/signals";
import type { ChannelName } from "../channels/channel";
import { formatCount, formatMs } from "../format";
import { GOOD_LIFE } from "../model";
import { strings } from "../strings";
import { paceOf } from "./course";
import type { LaneView, Receipt } from "./lane";
import { isApart, stateOf, words } from "./words";

interface Props {
  readonly name: ChannelName;
  readonly view: ReadonlySignal<LaneView>;
  /** What starts a receiver of webhooks for this page. */
  readonly receiver: string;
}

/** One lane: what its client learned, when, and what it took. */
export function LaneCard({ name, view, receiver }: Props) {
  const { state, receipts, requests, bytes, dropped } = view.value;
  const figures = [
    [words.requests, requests],
    [words.bytes, bytes],
    [words.dropped, dropped],
  ] as const;
  return (
    <section class={`card lane ${state}`} aria-labelledby={`lane-${name}`} data-lane={name} data-state={state}>
      <h3 id={`lane-${name}`}>{words.names[name]}</h3>
      <p class="faint how">{words.how[name]}</p>
      <p class={isApart(view.value) ? "state apart" : "state"}>
        <span class="dot" aria-hidden="true" />
        {stateOf(view.value)}
      </p>
      <Receipts receipts={receipts} />
      <dl>
        {figures.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{formatCount(value)}</dd>
          </div>
        ))}
      </dl>
      {name === "webhook" && !view.value.connected && (state === "away" || state === "done") && (
        <p class="hint">
          {words.receiverHint} <code>{receiver}</code>
        </p>
      )}
    </section>
  );
}

function Receipts({ receipts }: { receipts: readonly Receipt[] }) {
  // An order that must be approved has one row more.
  const rows = Array.from({ length: Math.max(GOOD_LIFE.length, receipts.length) }, (_, n) => ({
    status: receipts[n]?.status ?? GOOD_LIFE[n] ?? "DELIVERED",
    receipt: receipts[n],
  }));
  return (
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
        {rows.map(({ status, receipt }, n) => (
          <tr key={n} class={receipt ? (paceOf(receipt)) : "ahead"} data-version={receipt?.version}>
            <th scope="row">{strings.statuses[status]}</th>
            <td class="figure">
              {receipt ? formatMs(receipt.delay) : "–"}
              {receipt?.late && (
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
  );
}
