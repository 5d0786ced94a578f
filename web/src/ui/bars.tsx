import { formatCount } from "../format";

export interface Bar {
  readonly label: string;
  /** From the shortest to the longest; the last is the bar's end. Null when there is none. */
  readonly values: readonly number[] | null;
}

const WIDTH = 400;
const ROW = 44;

/** Where a value is: the square root keeps the small ones visible beside the great. */
export function place(value: number, most: number, width: number): number {
  return most <= 0 ? 0 : Math.sqrt(Math.max(0, value) / most) * width;
}

/** Bars for those who see them; the table beside has the same numbers for everybody. */
export function Bars({ bars, unit }: { bars: readonly Bar[]; unit: string }) {
  const most = Math.max(...bars.flatMap((bar) => bar.values ?? [0]), 0);
  return (
    <svg class="bars" viewBox={`0 0 ${WIDTH} ${bars.length * ROW}`} aria-hidden="true" focusable="false">
      {bars.map(({ label, values }, n) => (
        <g key={label} transform={`translate(0 ${n * ROW})`}>
          <text y="15" class="label">
            {label}
          </text>
          <text x={WIDTH} y="15" class="value" text-anchor="end">
            {values ? `${values.map(formatCount).join(" · ")} ${unit}` : "–"}
          </text>
          {[...(values ?? [])].reverse().map((value, depth, all) => (
            <rect
              key={depth}
              y="21"
              height="13"
              rx="3"
              width={Math.max(2, place(value, most, WIDTH))}
              class={`shade${all.length - 1 - depth}`}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}
