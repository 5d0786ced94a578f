/** Everyone's orders, for staff: by status or number, live, with what only staff do about them. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { Companion } from "../api/companion";
import { ApiError, type Problem } from "../api/errors";
import { isFinal } from "../model";
import { Decide } from "../orders/decide";
import { Filter } from "../orders/filter";
import { ListSkeleton, OrderList } from "../orders/list";
import { Redrive } from "../orders/redrive";
import type { Row } from "../orders/row";
import { isWhole, normalize, statusesOf } from "../orders/view";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import { Count, Fresh } from "./orders";

const words = strings.board;
/** An order that nothing happens to for so long may be stuck. */
const STILL = 5 * 60_000;

interface Props {
  readonly api: AppSync;
  readonly store: OrderStore;
  /** The companion's address, which redrives; null where there is none. */
  readonly rest: string | null;
}

export default function BoardPage({ api, store, rest }: Props) {
  const { board, all: view } = store;
  const companion = useMemo(() => (rest === null ? null : new Companion(rest, "board")), [rest]);
  const live = store.connection.value.state === "live";
  // What was ordered while the connection was lost is read once it is back.
  useEffect(() => {
    if (live || !board.loaded.peek()) void board.load();
  }, [live]);
  const sought = useSought(store);
  const now = useNow();

  const searching = normalize(view.text.value) !== "";
  const statuses = statusesOf(view.choice.value);
  const horizon = searching ? null : board.horizon(statuses);
  const shown = useComputed(() => {
    const limit = normalize(view.text.value) === "" ? board.horizon(statusesOf(view.choice.value)) : null;
    return store.listed.value.filter((id) => {
      const row = store.row(id)?.value;
      return row !== undefined && view.shows(row) && (limit === null || row.createdAt >= limit);
    });
  });

  const more = (row: Row) => {
    if (row.status === "AWAITING_APPROVAL") return <Decide id={row.id} api={api} store={store} />;
    const still = !isFinal(row.status) && now - Date.parse(row.updatedAt) > STILL;
    return still && companion ? <Redrive id={row.id} companion={companion} /> : null;
  };
  const body = () => {
    if (board.problem.value && (!board.loaded.value || shown.value.length === 0)) {
      return (
        <Notice kind="error" action={strings.orders.again} onAction={() => void board.load()}>
          <p>{words.failed}</p>
          <p>{strings.problems[board.problem.value]}</p>
        </Notice>
      );
    }
    if (!board.loaded.value) return <ListSkeleton />;
    return (
      <>
        <div class="above">
          <Count ids={shown.value} store={store} text={horizon === null ? strings.orders.count : words.newest} />
          <Waiting store={store} />
          <Fresh store={store} isFresh={(id) => view.shows(store.row(id)?.value ?? { id, status: "RECEIVED" })} />
        </div>
        {shown.value.length > 0 ? <OrderList ids={shown.value} store={store} more={more} showsCustomer /> : <Nothing store={store} sought={sought} />}
        {horizon !== null && (
          <p>
            <button type="button" disabled={board.busy.value} onClick={() => void board.more(statuses)}>
              {board.busy.value ? words.reading : words.older}
            </button>
          </p>
        )}
        {searching && !isWhole(view.text.value) && <p class="faint">{words.partial}</p>}
      </>
    );
  };
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <Filter view={view} />
      {body()}
    </>
  );
}

/** How many await approval, of those that are known; it leads to them. */
function Waiting({ store }: { store: OrderStore }) {
  const count = store.listed.value.filter((id) => store.row(id)?.value.status === "AWAITING_APPROVAL").length;
  const here = store.all.choice.value === "AWAITING_APPROVAL";
  if (count === 0 || here) return null;
  return (
    <button
      type="button"
      onClick={() => {
        store.all.text.value = "";
        store.all.choice.value = "AWAITING_APPROVAL";
      }}
    >
      {words.waiting(count)}
    </button>
  );
}

/** A whole number finds an order however old it is: what became of the search. */
function useSought(store: OrderStore) {
  const sought = useSignal<Problem | "busy" | null>(null);
  const text = store.all.text.value;
  useEffect(() => {
    sought.value = null;
    const id = normalize(text);
    if (!isWhole(id) || store.row(id)) return;
    let over = false;
    sought.value = "busy";
    store.find(id).then(
      (row) => {
        if (!over) sought.value = row ? null : "not-found";
      },
      (error: unknown) => {
        if (!over) sought.value = error instanceof ApiError ? error.problem : "fault";
      },
    );
    return () => {
      over = true;
    };
  }, [text]);
  return sought.value;
}

function Nothing({ store, sought }: { store: OrderStore; sought: Problem | "busy" | null }) {
  if (sought === "busy") return <ListSkeleton />;
  if (sought !== null && sought !== "not-found") return <Notice kind="error">{strings.problems[sought]}</Notice>;
  if (!store.all.narrow) return <Notice kind="empty">{words.empty}</Notice>;
  return (
    <Notice kind="empty" action={strings.orders.clear} onAction={() => store.all.clear()}>
      {sought === "not-found" ? strings.problems["not-found"] : strings.orders.noMatch}
    </Notice>
  );
}

/** The time, to the half minute: what grows old is noticed without news. */
function useNow(): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now.value;
}
