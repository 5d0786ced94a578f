import { formatMinute, formatWhole } from "../format";
import { useWidth } from "../ui/width";
import { Chart, labelled } from "./chart";
import { columnsOf, roundUp } from "./columns";
import { type Minute, sumOf } from "./model";
import { words as all } from "./words";

const words = all.minutes;
const ID = "minutes";
const HEIGHT = 240;
const MARGIN = { right: 6, top: 8, bottom: 24 };
/** So wide is a digit of a label. */
const DIGIT = 8;
const EVERY = 15;

/** What came in stands above the line, what ended hangs below it: a place for each, so that colour is not needed. */
export function Minutes({ minutes }: { minutes: readonly Minute[] }) {
  const busiest = minutes.reduce<Minute | null>((most, each) => (each.received > (most?.received ?? 0) ? each : most), null);
  return (
    <Chart
      id={ID}
      title={words.title}
      summary={words.summary(sumOf(minutes), busiest)}
      picture={<Picture minutes={minutes} />}
      tableTitle={words.table}
    >
      <thead>
        <tr>
          <th scope="col">{words.minute}</th>
          {[words.keys.received, words.keys.delivered, words.keys.undelivered].map((key) => (
            <th key={key} scope="col" class="figure">
              {key}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...minutes].reverse().map(({ at, received, delivered, undelivered }, n) => (
          <tr key={at}>
            <th scope="row">
              {formatMinute(at)}
              {n === 0 && <span class="faint"> {words.current}</span>}
            </th>
            <td class="figure">{formatWhole(received)}</td>
            <td class="figure">{formatWhole(delivered)}</td>
            <td class="figure">{formatWhole(undelivered)}</td>
          </tr>
        ))}
      </tbody>
    </Chart>
  );
}

function Picture({ minutes }: { minutes: readonly Minute[] }) {
  const [box, width] = useWidth();
  const most = Math.max(...minutes.map(({ received, delivered, undelivered }) => Math.max(received, delivered + undelivered)));
  const left = 14 + DIGIT * formatWhole(roundUp(most)).length;
  const right = width - MARGIN.right;
  const { zero, columns, ticks } = columnsOf(minutes, left, right, MARGIN.top, HEIGHT - MARGIN.bottom);
  return (
    <div ref={box}>
      <ul class="keys" aria-hidden="true">
        <li class="received">▲ {words.keys.received}</li>
        <li class="delivered">▼ {words.keys.delivered}</li>
        <li class="undelivered">▼ {words.keys.undelivered}</li>
      </ul>
      <svg class="chart minutes" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} focusable="false" {...labelled(ID)}>
        {ticks.map(({ value, y }) => (
          <g key={y} transform={`translate(0 ${y})`}>
            <line class="grid" x1={left} x2={right} />
            <text x={left - 6} y="4" text-anchor="end">
              {formatWhole(value)}
            </text>
          </g>
        ))}
        {columns.map(({ minute, x, width: thick, received, delivered, undelivered }) => (
          <g key={minute.at} data-minute={minute.at}>
            <rect class="received" x={x} width={thick} {...received} />
            <rect class="delivered" x={x} width={thick} {...delivered} />
            <rect class="undelivered" x={x} width={thick} {...undelivered} />
          </g>
        ))}
        <line class="zero" x1={left} x2={right} y1={zero} y2={zero} />
        {columns
          .filter(({ minute }) => new Date(minute.at).getMinutes() % EVERY === 0)
          .map(({ minute, x, width: thick }) => (
            <text key={minute.at} x={Math.max(left + 14, Math.min(right - 16, x + thick / 2))} y={HEIGHT - 6} text-anchor="middle">
              {formatMinute(minute.at)}
            </text>
          ))}
      </svg>
    </div>
  );
}
