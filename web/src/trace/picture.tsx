/** The picture itself. Each state is a button: Tab comes to the picture, arrows go from state to state. */
import type { Signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { formatMs } from "../format";
import { strings } from "../strings";
import type { Point } from "./layers";
import { type Box, type Line, picture } from "./layout";
import { type Trace, arrow } from "./model";
import { type Visit, passedTransitions } from "./visits";

const words = strings.trace;
const EDGE = 12;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

interface Props {
  readonly trace: Trace;
  readonly visited: ReadonlyMap<string, Visit>;
  readonly chosen: Signal<string | null>;
}

export function PictureOf({ trace, visited, chosen }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const went = useMemo(() => passedTransitions(trace), [trace]);
  const drawn = useMemo(() => picture(trace.nodes, trace.transitions, went), [trace, went]);
  const names = drawn.boxes.map((box) => box.node.name);
  const current = chosen.value !== null && names.includes(chosen.value) ? chosen.value : names[0];

  const move = (event: KeyboardEvent): void => {
    const now = names.indexOf(current ?? "");
    const next = event.key === "Home" ? 0 : event.key === "End" ? names.length - 1 : now + (STEPS[event.key] ?? NaN);
    const name = names[next];
    if (name === undefined) return;
    event.preventDefault();
    chosen.value = name;
    svg.current?.querySelector<SVGGElement>(`[data-state="${CSS.escape(name)}"]`)?.focus();
  };
  const width = drawn.width + 2 * EDGE;
  const height = drawn.height + 2 * EDGE;
  return (
    <div class="scroll picture">
      <svg
        ref={svg}
        role="group"
        aria-label={words.label}
        width={width}
        height={height}
        viewBox={`${-EDGE} ${-EDGE} ${width} ${height}`}
        onKeyDown={move}
      >
        <defs>
          {(["taken", "caught", "open"] as const).map((kind) => (
            <marker key={kind} id={`arrow-${kind}`} class={kind} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0 8 4 0 8z" />
            </marker>
          ))}
        </defs>
        {drawn.boxes
          .filter((box) => isContainer(box))
          .map((box) => (
            <State key={box.node.name} box={box} visit={visited.get(box.node.name)} current={current} chosen={chosen} />
          ))}
        <g aria-hidden="true">
          {drawn.lines.map((line) => (
            <Way key={arrow(line.source, line.target)} line={line} passed={went.has(arrow(line.source, line.target))} />
          ))}
        </g>
        {drawn.boxes
          .filter((box) => !isContainer(box))
          .map((box) => (
            <State key={box.node.name} box={box} visit={visited.get(box.node.name)} current={current} chosen={chosen} />
          ))}
      </svg>
    </div>
  );
}

const isContainer = ({ node }: Box): boolean => node.type === "Parallel" || node.type === "Map";

interface StateProps {
  readonly box: Box;
  readonly visit: Visit | undefined;
  readonly current: string | undefined;
  readonly chosen: Signal<string | null>;
}

function State({ box, visit, current, chosen }: StateProps) {
  const { node, x, y, width, height } = box;
  const container = isContainer(box);
  const outcome = visit?.outcome.toLowerCase() ?? "ahead";
  const choose = (): void => {
    chosen.value = node.name;
  };
  const count = visit && visit.steps.length > 1 ? ` ×${visit.steps.length}` : "";
  const detail = visit ? `${visit.error ?? (visit.took === null ? words.outcomes[visit.outcome] : formatMs(visit.took))}${count}` : node.type;
  const retries = visit && visit.retries > 0 ? words.retries(visit.retries) : "";
  return (
    <g
      class={`state ${outcome}${container ? " container" : ""}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabindex={node.name === current ? 0 : -1}
      aria-pressed={node.name === chosen.value}
      aria-current={visit?.outcome === "RUNNING" ? "step" : undefined}
      aria-label={words.describe(node, visit, detail)}
      data-state={node.name}
      data-outcome={visit?.outcome}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose();
      }}
    >
      <rect class="frame" width={width} height={height} rx={node.type === "Succeed" || node.type === "Fail" ? height / 2 : 8} />
      <text class="name" x={container ? 12 : width / 2} y="20" text-anchor={container ? "start" : "middle"}>
        {node.name}
      </text>{" "}
      <text class="detail" x={container ? width - 12 : width / 2} y={container ? 20 : 37} text-anchor={container ? "end" : "middle"}>
        {detail}
      </text>{" "}
      {retries ? (
        <g class="retries" transform={`translate(${width - 50} -11)`}>
          <rect width="62" height="18" rx="9" />
          <text x="31" y="13" text-anchor="middle">
            {retries}
          </text>
        </g>
      ) : null}
    </g>
  );
}

function Way({ line, passed: was }: { line: Line; passed: boolean }) {
  const kind = !was ? "open" : line.kind === "CATCH" ? "caught" : "taken";
  return <path class={`way ${kind}`} d={curve(line.points)} marker-end={`url(#arrow-${kind})`} />;
}

/** A curve through the points that leaves each of them straight down, or up. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let from = first;
  const parts = [`M${round(first)}`];
  for (const to of rest) {
    const middle = (from.y + to.y) / 2;
    parts.push(`C${round({ x: from.x, y: middle })} ${round({ x: to.x, y: middle })} ${round(to)}`);
    from = to;
  }
  return parts.join("");
}

const round = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
