import { useComputed } from "@preact/signals";
import { isFinal } from "../model";
import { Filter } from "../orders/filter";
import { ListSkeleton, OrderList } from "../orders/list";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { Notice } from "../ui/notice";

const words = strings.orders;

/** `owner` is who looks: staff know of others' orders, too, which are on the board. */
export function Orders({ store, owner }: { store: OrderStore; owner: string }) {
  const own = useComputed(() => store.listed.value.filter((id) => store.isOwn(id, owner)));
  const shown = useComputed(() => own.value.filter((id) => isShown(store, id)));
  const body = () => {
    if (own.value.length > 0) {
      return (
        <>
          <Filter view={store.mine} />
          <div class="above">
            <Count ids={shown.value} store={store} />
            <Fresh store={store} isFresh={(id) => store.isOwn(id, owner)} />
          </div>
          {shown.value.length > 0 ? (
            <OrderList ids={shown.value} store={store} />
          ) : (
            <Notice kind="empty" action={words.clear} onAction={() => store.mine.clear()}>
              {words.noMatch}
            </Notice>
          )}
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
    return <ListSkeleton />;
  };
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {body()}
    </>
  );
}

/** Without a filter every order is shown, whatever becomes of it: then a change draws one row, and not the list. */
function isShown(store: OrderStore, id: string): boolean {
  if (!store.mine.narrow) return true;
  const row = store.row(id)?.value;
  return row !== undefined && store.mine.shows(row);
}

/** Apart, so that a change draws one line and not the list. */
export function Count({ ids, store, text = words.count }: { ids: readonly string[]; store: OrderStore; text?: typeof words.count }) {
  const open = ids.filter((id) => !isFinal(store.row(id)?.value.status ?? "FAILED")).length;
  return <p class="faint">{text(ids.length, open)}</p>;
}

/** Lists what was ordered since, when the visitor asks for it. */
export function Fresh({ store, isFresh }: { store: OrderStore; isFresh: (id: string) => boolean }) {
  const count = store.waiting.value.filter(isFresh).length;
  return (
    <button type="button" class={count > 0 ? "fresh" : "fresh invisible"} onClick={() => store.show()}>
      {words.waiting(count)}
    </button>
  );
}
