import type { ChannelName } from "../channels/channel";
import { formatMs } from "../format";
import { strings } from "../strings";
import { anchor, percent } from "../ui/axis";
import { useWidth } from "../ui/width";
import { costOf } from "./cost";
import { courseOf, elapsed, type Course, type Mark, type Track } from "./course";
import { median } from "./figures";
import type { LaneView } from "./lane";
import { isApart, stateOf, words } from "./words";

/** The place of a row's line, and the distance between marks that stand below each other, in pixels. */
const LINE = 13;
const STEP = 21;

interface Props {
  readonly lanes: readonly (readonly [ChannelName, LaneView])[];
  /** Null before the order is sent. */
  readonly start: number | null;
  readonly now: number;
  readonly interval: number;
  readonly region: string;
}

/** All lanes on one axis of time. What is drawn stands beside it in words, and below it in numbers. */
export function RacePicture({ lanes, start: sent, now: clock, interval, region }: Props) {
  const start = sent ?? clock;
  const now = Math.max(clock, start);
  const [box, width] = useWidth();
  const course = courseOf(lanes, start, now, width);
  const changes = course.commits.length;
  return (
    <div class="race-plot">
      <div class="race-row race-scale" aria-hidden="true">
        <span />
        <div ref={box}>
          <Commits course={course} narrow={width < 480} />
        </div>
        <span>{words.raceUnits[0]}</span>
        <span>{words.raceUnits[1]}</span>
      </div>
      <ul>
        {course.tracks.map((track, n) => {
          const view = lanes[n]?.[1];
          if (!view) return null;
          const middle = median(view.receipts.map(({ delay }) => delay));
          const usd = sent === null ? null : costOf(track.name, { life: elapsed(view, start, now), changes, interval, region });
          return (
            <li key={track.name} class="race-row" data-track={track.name}>
              <span class="race-name">
                <strong>{words.names[track.name]}</strong>
                <span class={isApart(view) ? "faint apart" : "faint"}>{stateOf(view)}</span>
              </span>
              <Lane course={course} track={track} />
              <span class="figure">
                <span class="visually-hidden">{words.raceUnits[0]}: </span>
                {middle === null ? "–" : formatMs(middle)}
              </span>
              <span class="figure">
                <span class="visually-hidden">{words.raceUnits[1]}: </span>
                {usd === null ? "–" : words.cost(usd)}
                <span class="visually-hidden">; {words.shown(view.receipts.filter(({ late }) => !late).length, changes)}</span>
              </span>
            </li>
          );
        })}
      </ul>
      <div class="race-row race-scale" aria-hidden="true">
        <span />
        <svg width="100%" height="18" focusable="false">
          {course.axis.ticks.map((tick, n, { length }) => (
            <text key={tick} x={course.axis.at(tick)} y="13" text-anchor={anchor(n, length)}>
              {tick} s
            </text>
          ))}
        </svg>
      </div>
    </div>
  );
}

/** The names of the changes, in as many rows as keep them apart; a phone has their numbers alone. */
function Commits({ course: { commits }, narrow }: { course: Course; narrow: boolean }) {
  const rows = Math.max(1, ...commits.map(({ row }) => row + 1));
  return (
    <svg width="100%" height={16 * rows} focusable="false">
      {commits.map(({ version, status, x, row }) => (
        <g key={version}>
          <line class="commit" x1={percent(x)} x2={percent(x)} y1={16 * (rows - 1 - row) + 2} y2="100%" />
          <text x={percent(x)} dx="3" y={16 * (rows - 1 - row) + 11}>
            {narrow ? version : `${version} ${strings.statuses[status]}`}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Lane({ course: { axis, commits }, track }: { course: Course; track: Track }) {
  return (
    <svg width="100%" height={LINE * 2 + STEP * (track.levels - 1)} aria-hidden="true" focusable="false">
      {axis.ticks.map((tick) => (
        <line key={tick} class="grid" x1={axis.at(tick)} x2={axis.at(tick)} y1="0" y2="100%" />
      ))}
      {commits.map(({ version, x }) => (
        <line key={version} class="commit" x1={percent(x)} x2={percent(x)} y1="0" y2="100%" />
      ))}
      <line class="reach" x1="0" x2={percent(track.reach)} y1={LINE} y2={LINE} />
      {track.gaps.map(({ from, to }, n) => (
        <rect key={n} class="gap" x={percent(from)} width={percent(to - from)} y={LINE - 6} height="12" />
      ))}
      {track.marks.map((mark) => (
        <MarkAt key={mark.label} mark={mark} />
      ))}
    </svg>
  );
}

/** Shape and colour say the same: a disc, a square, an outline. */
function MarkAt({ mark: { label, x, level, pace, wide } }: { mark: Mark }) {
  const half = wide ? 15 : 8.5;
  return (
    <svg x={percent(x)} y={LINE + STEP * level} class={`pace ${pace}`}>
      <rect x={-half} y="-8.5" width={2 * half} height="17" rx={pace === "slow" ? 2 : 8.5} />
      <text y="4" text-anchor="middle">
        {label}
      </text>
    </svg>
  );
}
