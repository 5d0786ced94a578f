/**
 * The order form's contents and the token that names its order. The same form keeps its token over reloads,
 * repeated clicks and the way back from the order: however often it is sent, it places one order.
 */
export interface Draft {
  readonly token: string;
  readonly currency: string;
  readonly quantities: Readonly<Record<string, number>>;
  readonly card: string;
  /** Whether it was sent; the next edit makes another order of it. */
  readonly sent: boolean;
  /** Whether the server took it: the form is shown again on the way back alone, and starts empty otherwise. */
  readonly placed: boolean;
}

/** The API takes no more of one item. */
export const MOST = 999;

const KEY = "orderwire.draft";

export const newToken = (): string => crypto.randomUUID();

export const emptyDraft = (currency: string, card: string, token = newToken()): Draft => ({
  token,
  currency,
  quantities: {},
  card,
  sent: false,
  placed: false,
});

/** Change the form. What was sent under the old token was another order. */
export function edit(draft: Draft, change: Partial<Omit<Draft, "token" | "sent" | "placed">>, token = newToken): Draft {
  return { ...draft, ...change, ...(draft.sent ? { token: token(), sent: false, placed: false } : {}) };
}

/** Take a whole quantity, also one that is too large: it is refused where it is seen, and not changed in silence. */
export function setQuantity(draft: Draft, sku: string, quantity: number): Draft {
  const { [sku]: _, ...others } = draft.quantities;
  const whole = Math.max(0, Math.trunc(quantity) || 0);
  return edit(draft, { quantities: whole === 0 ? others : { ...others, [sku]: whole } });
}

export function saveDraft(draft: Draft, storage: Pick<Storage, "setItem"> = sessionStorage, owner = ""): void {
  storage.setItem(KEY + owner, JSON.stringify(draft));
}

export function loadDraft(storage: Pick<Storage, "getItem"> = sessionStorage, owner = ""): Draft | null {
  try {
    const stored = JSON.parse(storage.getItem(KEY + owner) ?? "null") as Partial<Draft> | null;
    if (!stored || typeof stored.token !== "string" || typeof stored.quantities !== "object") return null;
    if (typeof stored.currency !== "string" || typeof stored.card !== "string") return null;
    return { ...stored, token: stored.token, currency: stored.currency, quantities: stored.quantities, card: stored.card, sent: stored.sent === true, placed: stored.placed === true };
  } catch {
    return null;
  }
}
