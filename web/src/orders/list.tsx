import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { formatDay, formatMoney } from "../format";
import { orderHref } from "../router";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { Badge } from "../ui/badge";
import type { Row } from "./row";

const words = strings.orders;
const FIRST = 30;

interface Props {
  readonly ids: readonly string[];
  readonly store: OrderStore;
  /** More of a row, beside what leads to the order. */
  readonly more?: ((row: Row) => ComponentChildren) | undefined;
  readonly showsCustomer?: boolean;
}

export function OrderList({ ids, store, more, showsCustomer = false }: Props) {
  // The first screen at once, the rest frame by frame: a long list is no long task.
  const drawn = useSignal(FIRST);
  useEffect(() => {
    if (drawn.value >= ids.length) return;
    const frame = requestAnimationFrame(() => {
      drawn.value += FIRST;
    });
    return () => cancelAnimationFrame(frame);
  }, [drawn.value, ids.length]);
  return (
    <ul class={showsCustomer ? "orders everyone" : "orders"}>
      {ids.slice(0, drawn.value).map((id) => (
        <OrderRow key={id} id={id} store={store} more={more} showsCustomer={showsCustomer} />
      ))}
    </ul>
  );
}

function OrderRow({ id, store, more, showsCustomer }: Omit<Props, "ids"> & { id: string }) {
  const row = store.row(id)?.value;
  if (!row) return null;
  const actions = more?.(row) ?? null;
  return (
    <li data-order={id} data-status={row.status} class={actions === null ? undefined : "acting"}>
      <a href={orderHref(id)}>
        <span class="number">{words.number(id)}</span>
        <Badge status={row.status} />
        <span class="faint items">
          {words.items(row.itemCount)}
          {showsCustomer && <span class="customer">{words.customer(row.customerId)}</span>}
        </span>
        <span class="money">{formatMoney(row.total, row.currency)}</span>
        <time class="faint" dateTime={row.createdAt}>
          {formatDay(row.createdAt)}
        </time>
      </a>
      {actions}
    </li>
  );
}

/** In the place of rows that are being read. */
export function ListSkeleton() {
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
}
