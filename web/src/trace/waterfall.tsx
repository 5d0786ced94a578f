/** All work that was done for an order, as a waterfall: a row for each piece, under the one that it is a part of. */
import { useMemo } from "preact/hooks";
import { formatMs } from "../format";
import { strings } from "../strings";
import type { Trace } from "./model";
import { rows } from "./spans";

const words = strings.waterfall;
const WIDTH = 1_000;
/** What takes no time can be seen all the same. */
const THINNEST = 4;
const HEIGHT = 12;

export function Waterfall({ trace }: { trace: Trace }) {
  const { total, lines } = useMemo(() => rows(trace.spans), [trace]);
  if (trace.traceId === null) return <p class="faint">{words.off}</p>;
  if (lines.length === 0) return <p class="faint">{words.gone}</p>;
  const scale = total > 0 ? WIDTH / total : 0;
  const { columns } = words;
  return (
    <div class="scroll waterfall" tabIndex={0} role="region" aria-label={words.title}>
      <p class="faint">{words.summary(trace.traceId, lines.length, formatMs(total))}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.work}</th>
            <th scope="col" class="figure">{columns.at}</th>
            <th scope="col" class="figure">{columns.took}</th>
            <th scope="col" class="bars">{columns.time}</th>
            <th scope="col">{columns.detail}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ span, depth, start, end }) => (
            <tr key={span.id} data-failed={span.failed || undefined} data-span={span.name}>
              <th scope="row" data-depth={Math.min(depth, 8)} title={span.name}>
                {span.name} {span.origin ? <span class="faint">{span.origin}</span> : null}
              </th>
              <td class="figure">{formatMs(start)}</td>
              <td class="figure">{end === null ? words.running : formatMs(end - start)}</td>
              <td class="bars">
                <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
                  <rect
                    x={Math.min(start * scale, WIDTH - THINNEST)}
                    y="1"
                    width={Math.max(THINNEST, ((end ?? total) - start) * scale)}
                    height={HEIGHT - 2}
                  />
                </svg>
              </td>
              <td>{[span.detail ?? "", span.failed ? words.failed : ""].filter((part) => part !== "").join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
