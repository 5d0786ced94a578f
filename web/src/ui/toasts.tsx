import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { News } from "../orders/news";
import { type Route, orderHref, route } from "../router";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { Badge } from "./badge";

const words = strings.toasts;
/** These pages show changes themselves. */
const TELLING: readonly Route["page"][] = ["orders", "board", "lanes", "import-progress"];

/**
 * What changes while another page is shown. Screen readers get it from the announcer, which says each once:
 * this is no live region of its own.
 */
export function Toasts({ store, owner }: { store: OrderStore; owner: string }) {
  const news = useMemo(() => new News(), []);
  useSignalEffect(() => {
    const changes = store.news.value;
    const here = route.peek();
    if (TELLING.includes(here.page)) return;
    news.take(
      changes.filter(({ orderId, status }) => {
        if (here.page === "order" && here.id === orderId) return false;
        return store.isOwn(orderId, owner) || status === "AWAITING_APPROVAL";
      }),
    );
  });
  // What is on the page now needs no toast.
  useSignalEffect(() => {
    const here = route.value;
    if (TELLING.includes(here.page)) news.clear();
    else if (here.page === "order") news.dismiss(here.id);
  });
  useEffect(() => () => news.clear(), []);
  const { lines, others } = news.shown.value;
  if (lines.length === 0) return null;
  return (
    <section
      class="toasts"
      aria-label={words.label}
      onPointerEnter={() => news.hold(true)}
      onPointerLeave={() => news.hold(false)}
      onFocusIn={() => news.hold(true)}
      onFocusOut={() => news.hold(false)}
    >
      <ul>
        {lines.map(({ change: { orderId, status } }) => (
          <li key={orderId} class="toast" data-toast={orderId}>
            <a href={orderHref(orderId)}>{words.order(orderId)}</a>
            <Badge status={status} />
            <button type="button" class="quiet" aria-label={words.dismiss(orderId)} onClick={() => news.dismiss(orderId)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {others > 0 && (
        <p class="toast">
          <a href={store.everyone ? "#/board" : "#/orders"}>{words.others(others)}</a>
        </p>
      )}
    </section>
  );
}
