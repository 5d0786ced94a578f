/** Hash routes, so that any static server will do. */
import { computed, signal } from "@preact/signals";

export type Route =
  | { readonly page: "choose" | "shop" | "orders" | "board" | "lanes" | "import" | "report" | "figures" | "letters" }
  | { readonly page: "order" | "import-progress"; readonly id: string };

export const PAGES = ["choose", "shop", "orders", "lanes", "import", "report"] as const;
export const STAFF_PAGES = ["choose", "shop", "orders", "board", "lanes", "import", "report", "figures", "letters"] as const;

export function parseRoute(hash: string): Route {
  const [page, id] = hash.replace(/^#\/?/, "").split("/");
  if (page === "orders" && id) return { page: "order", id: decode(id) };
  if (page === "import" && id) return { page: "import-progress", id: decode(id) };
  return { page: STAFF_PAGES.find((name) => name === page) ?? "shop" };
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed(() => parseRoute(hash.value));
export const importHref = (id: string): string => `#/import/${encodeURIComponent(id)}`;
export const orderHref = (id: string): string => `#/orders/${encodeURIComponent(id)}`;

/** Marks the page that is shown now: a return to it finds the mark, and a new visit does not. */
export function mark(text: string): void {
  history.replaceState({ mark: text }, "");
}

export function isMarked(text: string): boolean {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && "mark" in state && state.mark === text;
}

export function go(href: string): void {
  location.hash = href;
}
