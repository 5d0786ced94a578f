import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { user } from "../api/session";
import { formatDay, formatMoney, formatMs, formatTime } from "../format";
import { type Change, isFinal, mayCancel } from "../model";
import { Decide } from "../orders/decide";
import type { Row } from "../orders/row";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { steps } from "../timeline";
import { Workflow } from "../trace/workflow";
import { Badge } from "../ui/badge";
import { Notice } from "../ui/notice";

const words = strings.order;

interface Props {
  readonly id: string;
  readonly api: AppSync;
  readonly store: OrderStore;
  /** The companion's address; null where there is none. */
  readonly rest: string | null;
  /** Who looks. */
  readonly visitor: string;
}

export function OrderPage({ id, api, store, rest, visitor }: Props) {
  const rowSignal = useSignal<Signal<Row> | null>(store.row(id) ?? null);
  const problem = useSignal<Problem | null>(null);

  const load = async (): Promise<void> => {
    problem.value = null;
    try {
      const row = await store.find(id);
      if (row) rowSignal.value = row;
      else problem.value = "not-found";
    } catch (error) {
      problem.value = error instanceof ApiError ? error.problem : "fault";
    }
  };
  const row = rowSignal.value?.value;
  const whole = row?.items != null && row.changes.length >= row.version;
  const live = store.connection.value.state === "live";
  // Again once the connection is back, if there is nothing to show yet.
  useEffect(() => {
    if (!whole && problem.value !== "not-found") void load();
  }, [id, live, whole]);

  return (
    <>
      <p class="back">
        {row && !store.isOwn(id, visitor) ? <a href="#/board">← {words.backToAll}</a> : <a href="#/orders">← {words.back}</a>}
      </p>
      <h1 tabIndex={-1}>{words.title(id)}</h1>
      {rowSignal.value ? (
        <Details row={rowSignal.value} api={api} store={store} rest={rest} />
      ) : problem.value === "not-found" ? (
        <Notice kind="empty" action={words.back} href="#/orders">
          <p>{words.missing}</p>
          <p>{words.missingHint}</p>
        </Notice>
      ) : problem.value ? (
        <Notice kind="error" action={strings.orders.again} onAction={() => void load()}>
          <p>{words.failed}</p>
          <p>{strings.problems[problem.value]}</p>
        </Notice>
      ) : (
        <div role="status">
          <span class="visually-hidden">{words.loading}</span>
          <div class="card skeleton tall" aria-hidden="true" />
        </div>
      )}
    </>
  );
}

function Details({ row, api, store, rest }: { row: Signal<Row> } & Omit<Props, "id" | "visitor">) {
  const order = row.value;
  return (
    <div class="order" data-order={order.id} data-status={order.status} data-version={order.version}>
      <div>
        <section class="card now" aria-label={strings.order.status}>
          <p>
            <Badge status={order.status} />
          </p>
          <p class="next">{order.reason ? strings.reasons[order.reason] : strings.next[order.status]}</p>
          {user.value?.staff && order.status === "AWAITING_APPROVAL" ? <Decide id={order.id} api={api} store={store} /> : null}
          <Cancel order={order} api={api} store={store} />
        </section>
        <section class="card" aria-labelledby="items-title">
          <h2 id="items-title">{words.items}</h2>
          <Items order={order} />
        </section>
      </div>
      <section class="card" aria-labelledby="timeline-title">
        <h2 id="timeline-title">{words.timeline}</h2>
        <Timeline changes={order.changes} />
      </section>
      {user.value?.staff ? <Workflow order={order} api={api} rest={rest} /> : null}
    </div>
  );
}

function Timeline({ changes }: { changes: readonly Change[] }) {
  const last = changes.at(-1);
  const over = last !== undefined && isFinal(last.status);
  return (
    <ol class="timeline">
      {steps(changes).map(({ status, change, before }, n) => {
        const now = change !== null && change === last;
        const kind = change ? (now ? "now" : "past") : over ? "never" : "ahead";
        return (
          <li key={n} class={`${kind} ${status.toLowerCase()}`} aria-current={now ? "step" : undefined} data-version={change?.version}>
            <span class="mark" aria-hidden="true" />
            <span class="what">
              <strong>{strings.statuses[status]}</strong>
              <span class="faint">{strings.meanings[status]}</span>
            </span>
            <span class="when">
              {change ? <time dateTime={change.at}>{formatTime(change.at)}</time> : <span class="faint">{over ? words.never : words.pending}</span>}
              <span class="faint">{change && before ? words.after(formatMs(Date.parse(change.at) - Date.parse(before.at))) : "\u00a0"}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Items({ order }: { order: Row }) {
  if (!order.items) return <div class="skeleton" aria-hidden="true" />;
  const { columns } = words;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{columns.item}</th>
          <th scope="col" class="figure">
            {columns.quantity}
          </th>
          <th scope="col" class="figure">
            {columns.sum}
          </th>
        </tr>
      </thead>
      <tbody>
        {order.items.map((item) => (
          <tr key={item.sku}>
            <td>{item.name}</td>
            <td class="figure">{item.quantity}</td>
            <td class="figure">{formatMoney(item.unitPrice * item.quantity, order.currency)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            {strings.shop.total}
          </th>
          <td class="figure">{formatMoney(order.total, order.currency)}</td>
        </tr>
        <tr>
          <th scope="row">{words.placed}</th>
          <td class="figure" colSpan={2}>
            {formatDay(order.createdAt)}
          </td>
        </tr>
        <tr>
          <th scope="row">{words.number}</th>
          <td class="figure id" colSpan={2}>
            {order.id}
          </td>
        </tr>
        {user.value?.staff ? (
          <tr>
            <th scope="row">{words.customer}</th>
            <td class="figure id" colSpan={2}>
              {order.customerId}
            </td>
          </tr>
        ) : null}
      </tfoot>
    </table>
  );
}

function Cancel({ order, api, store }: { order: Row; api: AppSync; store: OrderStore }) {
  const asking = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const allowed = mayCancel(order.status);
  // What was offered here keeps its place, so that nothing moves when it is too late.
  const offered = useRef(allowed);
  const keep = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone: go on at the one that does no harm.
  useEffect(() => keep.current?.focus(), [asking.value]);
  const cancel = async (): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      store.take(await api.cancel(order.id));
    } catch (error) {
      problem.value = error instanceof ApiError ? error.problem : "fault";
    } finally {
      busy.value = false;
      asking.value = false;
    }
  };
  if (!allowed && !offered.current) return null;
  return (
    <div class="cancel">
      {!allowed ? null : asking.value ? (
        <div class="row" role="group" aria-label={words.sure}>
          <button type="button" class="danger" disabled={busy} onClick={() => void cancel()}>
            {busy.value ? words.cancelling : words.yes}
          </button>
          <button
            type="button"
            class="quiet"
            ref={keep}
            onClick={() => {
              asking.value = false;
            }}
          >
            {words.no}
          </button>
        </div>
      ) : (
        <button
          type="button"
          onClick={() => {
            asking.value = true;
          }}
        >
          {words.cancel}
        </button>
      )}
      <p class="hint" role="status">
        {problem.value ? strings.problems[problem.value] : allowed || isFinal(order.status) ? "" : words.late}
      </p>
    </div>
  );
}
