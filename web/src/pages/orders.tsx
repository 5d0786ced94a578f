import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formatDay, formatMoney } from "../format";
import { isFinal } from "../model";
import { orderHref } from "../router";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { Badge } from "../ui/badge";
import { Notice } from "../ui/notice";

const words = strings.orders;
const FIRST = 30;

export function Orders({ store }: { store: OrderStore }) {
  const listed = store.listed.value;
  // The first screen at once, the rest frame by frame: a long list is no long task.
  const drawn = useSignal(FIRST);
  useEffect(() => {
    if (drawn.value >= listed.length) return;
    const frame = requestAnimationFrame(() => {
      drawn.value += FIRST;
    });
    return () => cancelAnimationFrame(frame);
  }, [drawn.value, listed.length]);
  const body = () => {
    if (listed.length > 0) {
      return (
        <>
          <div class="above">
            <Count store={store} />
            <button type="button" class={store.waiting.value.length > 0 ? "fresh" : "fresh invisible"} onClick={() => store.show()}>
              {words.waiting(store.waiting.value.length)}
            </button>
          </div>
          <ul class="orders">
            {listed.slice(0, drawn.value).map((id) => (
              <OrderRow key={id} id={id} store={store} />
            ))}
          </ul>
        </>
      );
    }
    if (store.loaded.value) {
      return (
        <Notice kind="empty" action={words.toShop} href="#/shop">
          {words.empty}
        </Notice>
      );
    }
    if (store.problem.value) {
      return (
        <Notice kind="error" action={words.again} onAction={() => store.nudge()}>
          <p>{words.failed}</p>
          <p>{strings.problems[store.problem.value]}</p>
        </Notice>
      );
    }
    return (
      <div role="status">
        <span class="visually-hidden">{words.loading}</span>
        <ul class="orders" aria-hidden="true">
          {[0, 1, 2, 3, 4].map((n) => (
            <li key={n} class="skeleton" />
          ))}
        </ul>
      </div>
    );
  };
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {body()}
    </>
  );
}

/** Apart, so that a change draws one line and not the list. */
function Count({ store }: { store: OrderStore }) {
  const text = useComputed(() => {
    const ids = store.listed.value;
    const open = ids.filter((id) => !isFinal(store.row(id)?.value.status ?? "FAILED")).length;
    return words.count(ids.length, open);
  });
  return <p class="faint">{text}</p>;
}

function OrderRow({ id, store }: { id: string; store: OrderStore }) {
  const row = store.row(id)?.value;
  if (!row) return null;
  return (
    <li data-order={id} data-status={row.status}>
      <a href={orderHref(id)}>
        <span class="number">{words.number(id)}</span>
        <Badge status={row.status} />
        <span class="faint items">{words.items(row.itemCount)}</span>
        <span class="money">{formatMoney(row.total, row.currency)}</span>
        <time class="faint" dateTime={row.createdAt}>
          {formatDay(row.createdAt)}
        </time>
      </a>
    </li>
  );
}
