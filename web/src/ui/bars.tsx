import { formatCount } from "../format";
import { anchor, linear } from "./axis";

export interface Bar {
  readonly label: string;
  /** Null when there is none. */
  readonly value: number | null;
}

/** Bars on a linear axis for those who see them; the table beside has the same numbers for everybody. */
export function Bars({ bars, unit }: { bars: readonly Bar[]; unit: string }) {
  const { ticks, at } = linear(Math.max(0, ...bars.map(({ value }) => value ?? 0)), 5);
  return (
    <div class="bars" aria-hidden="true">
      {bars.map(({ label, value }) => (
        <div key={label}>
          <p>
            <span>{label}</span>
            <span class="faint">{value === null ? "–" : `${formatCount(value)} ${unit}`}</span>
          </p>
          <svg width="100%" height="14" focusable="false">
            {ticks.map((tick) => (
              <line key={tick} class="grid" x1={at(tick)} x2={at(tick)} y1="0" y2="100%" />
            ))}
            {value !== null && <rect class="bar" height="14" width={at(value)} />}
          </svg>
        </div>
      ))}
      <svg width="100%" height="18" focusable="false">
        {ticks.map((tick, n) => (
          <text key={tick} x={at(tick)} y="14" text-anchor={anchor(n, ticks.length)}>
            {formatCount(tick)}
            {n === ticks.length - 1 ? ` ${unit}` : ""}
          </text>
        ))}
      </svg>
    </div>
  );
}
