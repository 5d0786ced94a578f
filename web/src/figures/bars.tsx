import { useWidth } from "../ui/width";
import { labelled } from "./chart";

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly look: string;
}

const ROW = 28;
const NAME = 132;
const VALUE = 64;

/** A bar for each row, its name before it and its value after it; the longest fills the width. */
export function Rows({ id, rows }: { id: string; rows: readonly Row[] }) {
  const [box, width] = useWidth();
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const room = Math.max(20, width - NAME - VALUE);
  const height = rows.length * ROW;
  return (
    <div ref={box}>
      <svg class="chart rows" viewBox={`0 0 ${width} ${height}`} width={width} height={height} focusable="false" {...labelled(id)}>
        {rows.map(({ name, value, text, look }, n) => {
          const length = value > 0 ? Math.max(2, (value / most) * room) : 0;
          return (
            <g key={name} transform={`translate(0 ${n * ROW})`} class={look}>
              <text class="name" y={ROW / 2 + 4}>
                {name}
              </text>
              <rect class="track" x={NAME} y="6" width={room} height={ROW - 12} rx="3" />
              <rect class="bar" x={NAME} y="6" width={length} height={ROW - 12} rx="3" />
              <text class="value" x={width} y={ROW / 2 + 4} text-anchor="end">
                {text}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
