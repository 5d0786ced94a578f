import { formatCount } from "../format";
import type { Advice } from "./advice";
import type { Estimate } from "./estimate";
import { formatFigure, formatShare, formatSpan, formatUsd } from "./formats";
import { loadOf, type Wish } from "./load";
import { words } from "./words";

/** The answer in one sentence, and what else there is in another. */
export function Answer({ wish, advice }: { wish: Wish; advice: Advice }) {
  return (
    <section class="card answer" aria-labelledby="answer-title">
      <h2 id="answer-title">{words.answer}</h2>
      <p aria-live="polite" aria-atomic="true">
        {answerText(wish, advice)}
      </p>
      <p class="faint">{otherText(advice)}</p>
    </section>
  );
}

export function answerText(wish: Wish, { best }: Advice): string {
  const load = words.load_(wish.orders, wish.followers, formatSpan(wish.life));
  if (best === null) return load + words.none;
  return load + words.best(best, formatUsd(best.usd), least(best, best.mean), least(best, best.p95)) + firstText(best, wish);
}

/** A lateness of which a part is not published is longer than it says. */
const least = ({ bound }: Estimate, seconds: number): string => `${bound ? "at least " : ""}${formatSpan(seconds)}`;

function firstText({ first }: Estimate, wish: Wish): string {
  if (first === null) return words.never;
  const times = first.orders / loadOf(wish).rate;
  return words.breaksAt(formatFigure(first.orders), times < 10 ? formatFigure(times) : formatCount(Math.round(times)), first.quota.item);
}

function otherText({ best, cheapest }: Advice): string {
  if (cheapest === null) return "";
  if (best !== null && cheapest.name === best.name) return words.cheapestToo;
  return words.cheaper(cheapest, formatUsd(cheapest.usd), formatSpan(cheapest.mean), formatShare(cheapest.missed));
}
