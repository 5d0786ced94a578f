import { useWidth } from "../ui/width";
import { breaks } from "./advice";
import type { Estimate } from "./estimate";
import { formatFigure, formatTick } from "./formats";
import { besideMarks, logScale, spread } from "./scales";
import { words } from "./words";

const MARGIN = { left: 52, right: 24, top: 30, bottom: 44 };
const LABEL = 17;
const RADIUS = 5;
/** A letter's width, about. */
const LETTER = 7;
/** Nearer than this to a label's line, a mark is in it. */
const LINE = 12;
/** Below so many pixels there is no room for names: the channels are numbered, and named below. */
const NARROW = 520;

interface Props {
  readonly estimates: readonly Estimate[];
  readonly rate: number;
  readonly best: string | null;
}

/** Dollars against lateness for those who see them; the table below has the same figures for everybody. */
export function Chart({ estimates, rate, best }: Props) {
  const [box, width] = useWidth();
  const height = Math.max(400, Math.min(480, width * 0.6));
  const x = logScale(estimates.map(({ usd }) => usd), MARGIN.left, width - MARGIN.right);
  const y = logScale(estimates.map(({ mean }) => mean), height - MARGIN.bottom, MARGIN.top);
  const narrow = width < NARROW;
  const sorted = [...estimates].sort((first, second) => first.usd - second.usd);
  const points = sorted.map((estimate) => ({ estimate, x: x.place(estimate.usd), y: y.place(estimate.mean) }));
  // Labels stand on the side with more room, apart from each other.
  const toLeft = points.map((point) => point.x > width * 0.5);
  const labels = points.map(({ y: at }) => at);
  for (const side of [true, false]) {
    const there = points.flatMap((_, n) => (toLeft[n] === side ? [n] : []));
    const places = spread(there.map((n) => labels[n] ?? 0), LABEL, height - MARGIN.bottom - 4);
    there.forEach((n, at) => (labels[n] = places[at] ?? 0));
  }
  const looks = (estimate: Estimate): string =>
    [estimate.kind, breaks(estimate, rate) ? "broken" : "", estimate.name === best ? "best" : ""].join(" ");
  return (
    <div ref={box}>
      <svg class="chart" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" focusable="false">
        {x.ticks.map((tick) => (
          <g key={tick} transform={`translate(${x.place(tick)} 0)`}>
            <line class="grid" y1={MARGIN.top} y2={height - MARGIN.bottom} />
            <text y={height - MARGIN.bottom + 18} text-anchor="middle">
              {formatTick(tick)}
            </text>
          </g>
        ))}
        {y.ticks.map((tick) => (
          <g key={tick} transform={`translate(0 ${y.place(tick)})`}>
            <line class="grid" x1={MARGIN.left} x2={width - MARGIN.right} />
            <text x={MARGIN.left - 8} y="4" text-anchor="end">
              {formatFigure(tick)} s
            </text>
          </g>
        ))}
        <text class="axis" x={width - MARGIN.right} y={height - 6} text-anchor="end">
          {words.axes.x}
        </text>
        <text class="axis" x="0" y="14">
          {words.axes.y}
        </text>
        {points.map(({ estimate, x: left, y: top }, n) => {
          const place = labels[n] ?? top;
          const text = narrow ? String(n + 1) : estimate.title;
          const at = besideMarks({ x: left, y: top }, place, { x: text.length * LETTER, y: LINE }, points, toLeft[n] ?? false);
          return (
            <g key={estimate.name} class={looks(estimate)}>
              <line class="leader" x1={left} y1={top} x2={toLeft[n] ? at + 3 : at - 3} y2={place} />
              <text class="label" x={at} y={place + 4} text-anchor={toLeft[n] ? "end" : "start"}>
                {text}
              </text>
            </g>
          );
        })}
        {points.map(({ estimate, x: left, y: top }) => (
          <g key={estimate.name} class={looks(estimate)} data-point={estimate.name}>
            {estimate.bound && <circle class="ring" cx={left} cy={top} r={RADIUS + 4} />}
            <Mark kind={estimate.kind} x={left} y={top} />
          </g>
        ))}
      </svg>
      {narrow && (
        <ol class="legend" aria-hidden="true">
          {sorted.map(({ name, title }) => (
            <li key={name}>{title}</li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** A shape for each kind, so that colour is not needed. */
function Mark({ kind, x, y }: { kind: Estimate["kind"]; x: number; y: number }) {
  switch (kind) {
    case "told":
      return <circle class="point" cx={x} cy={y} r={RADIUS} />;
    case "held":
      return <rect class="point" x={x - RADIUS} y={y - RADIUS} width={2 * RADIUS} height={2 * RADIUS} />;
    case "asking":
      return <path class="point" d={`M ${x} ${y - RADIUS - 1} l ${RADIUS + 1} ${2 * RADIUS} h ${-2 * RADIUS - 2} z`} />;
  }
}
