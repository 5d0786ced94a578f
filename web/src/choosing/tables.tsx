import { formatMs } from "../format";
import { breaks } from "./advice";
import type { Confidence } from "./document";
import type { Estimate } from "./estimate";
import { formatFigure, formatShare, formatSpan, formatUsd } from "./formats";
import { words } from "./words";

const titles = words.columns;

interface Props {
  readonly estimates: readonly Estimate[];
  readonly rate: number;
  readonly best: string | null;
  /** The medians of the last comparison, by the channels' names, in milliseconds. */
  readonly measured: ReadonlyMap<string, number>;
}

/** Every channel with every figure; the cheapest first. */
export function AllChannels({ estimates, rate, best, measured }: Props) {
  const sorted = [...estimates].sort((first, second) => first.usd - second.usd);
  const heads = [titles.usd, titles.mean, titles.p95, titles.missed];
  return (
    <section class="card" aria-labelledby="all-title">
      <h2 id="all-title">{words.table}</h2>
      <div class="scroll" tabIndex={0} role="group" aria-labelledby="all-title">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">{titles.channel}</th>
              {[...heads, ...(measured.size > 0 ? [titles.measured] : [])].map((title) => (
                <th key={title} scope="col" class="figure">
                  {title}
                </th>
              ))}
              <th scope="col" class="wraps">
                {titles.first}
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((estimate) => (
              <tr key={estimate.name} class={estimate.name === best ? "best" : ""} data-channel={estimate.name}>
                <th scope="row">{estimate.title}</th>
                <td class="figure">
                  {formatUsd(estimate.usd)} <Letter of={estimate.confidence.usd} />
                </td>
                <td class="figure">
                  {estimate.bound ? "≥ " : ""}
                  {formatSpan(estimate.mean)} <Letter of={estimate.confidence.late} />
                </td>
                <td class="figure">
                  {estimate.bound ? "≥ " : ""}
                  {formatSpan(estimate.p95)}
                </td>
                <td class="figure">{formatShare(estimate.missed)}</td>
                {measured.size > 0 && <td class="figure">{measuredText(measured.get(estimate.name))}</td>}
                <td class="wraps">
                  <First estimate={estimate} broken={breaks(estimate, rate)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const measuredText = (ms: number | undefined): string => (ms === undefined ? "–" : formatMs(ms));

function First({ estimate: { first }, broken }: { estimate: Estimate; broken: boolean }) {
  if (first === null) return <>–</>;
  return (
    <>
      {words.ordersASecond(formatFigure(first.orders))} <Letter of={first.quota.confidence} />
      <br />
      <span class={broken ? "breaks" : "faint"}>{broken ? words.broken : first.quota.item}</span>
    </>
  );
}

/** How sure a figure is. */
export function Letter({ of }: { of: Confidence }) {
  return (
    <abbr class={`letter ${of.toLowerCase()}`} title={words.confidence[of]}>
      {of}
    </abbr>
  );
}

/** The parts of one channel's dollars, the largest first. */
export function Bill({ estimate }: { estimate: Estimate }) {
  const lines = estimate.lines.filter(({ usd }) => usd > 0).sort((first, second) => second.usd - first.usd);
  return (
    <details class="card">
      <summary>{words.bill(estimate.title)}</summary>
      <div class="scroll" tabIndex={0} role="group" aria-label={words.bill(estimate.title)}>
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">{words.billColumns.item}</th>
              <th scope="col">{words.billColumns.why}</th>
              <th scope="col" class="figure">
                {words.billColumns.usd}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ item, why, usd, confidence }, n) => (
              <tr key={n}>
                <th scope="row">{item}</th>
                <td>{why}</td>
                <td class="figure">
                  {formatUsd(usd)} <Letter of={confidence} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
