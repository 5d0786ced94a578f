import { formatCount } from "../format";

export interface Bar {
  readonly label: string;
  /** From the shortest to the longest; the last is the bar's end. Null when there is none. */
  readonly values: readonly number[] | null;
}

const WIDTH = 640;
const ROW = 40;
const LEFT = 8;

/** Where a value is: the square root keeps the small ones visible beside the great. */
export function place(value: number, most: number, width: number): number {
  return most <= 0 ? 0 : Math.sqrt(Math.max(0, value) / most) * width;
}

/** Bars for those who see them; the table beside has the same numbers for everybody. */
export function Bars({ bars, unit }: { bars: readonly Bar[]; unit: string }) {
  const most = Math.max(...bars.flatMap((bar) => bar.values ?? [0]), 0);
  const room = WIDTH - LEFT - 150;
  return (
    <svg class="bars" viewBox={`0 0 ${WIDTH} ${bars.length * ROW}`} aria-hidden="true" focusable="false">
      {bars.map(({ label, values }, n) => {
        const y = n * ROW;
        const end = values?.at(-1) ?? 0;
        return (
          <g key={label} transform={`translate(${LEFT} ${y})`}>
            <text y="13" class="label">
              {label}
            </text>
            {[...(values ?? [])].reverse().map((value, depth, all) => (
              <rect
                key={depth}
                y="18"
                height="14"
                rx="3"
                width={Math.max(2, place(value, most, room))}
                class={`bar shade${all.length - 1 - depth}`}
              />
            ))}
            <text x={place(end, most, room) + 8} y="30" class="value">
              {values ? `${values.map(formatCount).join(" · ")} ${unit}` : "–"}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
