import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { TargetedEvent } from "preact";
import type { AppSync } from "../api/appsync";
import { ApiError, type Problem } from "../api/errors";
import { SHELF } from "../catalogue";
import type { Ware } from "../config";
import { type Draft, MOST, edit, emptyDraft, loadDraft, saveDraft, setQuantity } from "../draft";
import { formatMoney } from "../format";
import { go, isMarked, mark, orderHref } from "../router";
import type { OrderStore } from "../store";
import { strings } from "../strings";
import { Notice } from "../ui/notice";

const words = strings.shop;

interface Props {
  readonly api: AppSync;
  readonly store: OrderStore;
  readonly wares: readonly Ware[] | null;
  /** Whose form it is: visitors of one tab do not share it. */
  readonly owner: string;
}

/** The form as it was left; not one whose order was placed, unless the way back from that order leads to it. */
function keptDraft(owner: string): Draft | null {
  const draft = loadDraft(sessionStorage, owner);
  return draft?.placed && !isMarked(draft.token) ? null : draft;
}

export function Shop({ api, store, wares, owner }: Props) {
  const shelf = wares && wares.length > 0 ? wares : SHELF;
  const currencies = [...new Set(shelf.map((ware) => ware.currency))];
  const blank = (): Draft => emptyDraft(currencies[0] ?? "EUR", words.cards[0].token);
  const draft = useSignal<Draft>(keptDraft(owner) ?? blank());
  const busy = useSignal(false);
  const problem = useSignal<{ problem: Problem; uncertain: boolean; detail: string } | null>(null);
  const empty = useSignal(false);
  const tooMany = useSignal(false);
  useSignalEffect(() => saveDraft(draft.value, sessionStorage, owner));

  const shown = shelf.filter((ware) => ware.currency === draft.value.currency);
  const total = useComputed(() =>
    shelf.reduce((sum, ware) => sum + (draft.value.quantities[ware.sku] ?? 0) * ware.unitPrice, 0),
  );
  const put = (sku: string, quantity: number): void => {
    draft.value = setQuantity(draft.value, sku, quantity);
    empty.value = false;
    tooMany.value = false;
  };

  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const { token, currency, quantities, card } = draft.value;
    const items = shown.flatMap(({ sku, name, unitPrice }) => {
      const quantity = quantities[sku] ?? 0;
      return quantity > 0 ? [{ sku, name, unitPrice, quantity }] : [];
    });
    empty.value = items.length === 0;
    tooMany.value = items.some(({ quantity }) => quantity > MOST);
    if (empty.value || tooMany.value) return;
    busy.value = true;
    problem.value = null;
    // From here on the server may know this token: with other contents it would be another order.
    draft.value = { ...draft.value, sent: true };
    try {
      store.take(await api.submit({ clientToken: token, currency, items, cardToken: card }));
      draft.value = { ...draft.value, placed: true };
      mark(token);
      go(orderHref(token));
    } catch (error) {
      const apiError = error instanceof ApiError ? error : new ApiError("fault", String(error));
      problem.value = { problem: apiError.problem, uncertain: apiError.uncertain, detail: apiError.problem === "invalid" ? apiError.message : "" };
    } finally {
      busy.value = false;
    }
  };

  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <form class="shop" noValidate onSubmit={(event) => void submit(event)}>
        <fieldset class="card">
          <legend>{words.items}</legend>
          {currencies.length > 1 && (
            <label class="inline">
              {words.currency}
              <select
                value={draft.value.currency}
                onChange={(event) => {
                  draft.value = edit(draft.value, { currency: event.currentTarget.value, quantities: {} });
                }}
              >
                {currencies.map((code) => (
                  <option key={code}>{code}</option>
                ))}
              </select>
            </label>
          )}
          <ul class="wares">
            {shown.map((ware) => {
              const quantity = draft.value.quantities[ware.sku] ?? 0;
              return (
                <li key={ware.sku}>
                  <span class="ware">
                    <strong>{ware.name}</strong>
                    <span class="faint">{words.each(formatMoney(ware.unitPrice, ware.currency))}</span>
                    {quantity > MOST && (
                      <span class="wrong" id={`wrong-${ware.sku}`} role="alert">
                        {words.most(MOST)}
                      </span>
                    )}
                  </span>
                  <span class="stepper">
                    <button type="button" aria-label={words.less(ware.name)} disabled={quantity === 0} onClick={() => put(ware.sku, quantity - 1)}>
                      −
                    </button>
                    <input
                      type="number"
                      inputMode="numeric"
                      min="0"
                      max={MOST}
                      aria-invalid={quantity > MOST}
                      aria-describedby={quantity > MOST ? `wrong-${ware.sku}` : undefined}
                      aria-label={words.quantity(ware.name)}
                      value={quantity}
                      onInput={(event) => put(ware.sku, event.currentTarget.valueAsNumber)}
                    />
                    <button type="button" aria-label={words.more(ware.name)} disabled={quantity >= MOST} onClick={() => put(ware.sku, quantity + 1)}>
                      +
                    </button>
                  </span>
                </li>
              );
            })}
          </ul>
        </fieldset>
        <div class="aside">
          <fieldset class="card">
            <legend>{words.card}</legend>
            {words.cards.map(({ token, name, hint }) => (
              <label key={token} class="choice">
                <input
                  type="radio"
                  name="card"
                  value={token}
                  checked={draft.value.card === token}
                  onChange={() => {
                    draft.value = edit(draft.value, { card: token });
                  }}
                />
                <span>
                  {name}
                  <span class="faint">{hint}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <div class="card">
            <p class="total">
              <span>{words.total}</span>
              <output>{formatMoney(total.value, draft.value.currency)}</output>
            </p>
            <button type="submit" class="primary wide" aria-disabled={busy}>
              {busy.value ? words.busy : words.submit}
            </button>
            <button
              type="button"
              class="quiet wide"
              onClick={() => {
                draft.value = blank();
                problem.value = null;
              }}
            >
              {words.fresh}
            </button>
            <p class="hint" role="status">
              {empty.value ? words.none : tooMany.value ? words.tooMany(MOST) : draft.value.sent && !busy.value && !problem.value ? words.sent : ""}
            </p>
          </div>
          {problem.value && (
            <Notice kind="error">
              <p>{strings.problems[problem.value.problem]}</p>
              {problem.value.detail !== "" && <p>{problem.value.detail}</p>}
              {problem.value.uncertain && <p>{words.unsure}</p>}
            </Notice>
          )}
        </div>
      </form>
    </>
  );
}
