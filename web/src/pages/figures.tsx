/** What the shop does, for staff: figures and pictures that move as orders do. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { offline } from "../api/network";
import { Delivery, Revenue, Statuses } from "../figures/charts";
import { Minutes } from "../figures/minutes";
import { type Minute, type ShopFigures, isSilent, minutesOf, newer, ordersOf, underWay } from "../figures/model";
import { words } from "../figures/words";
import { formatMs, formatTime, formatWhole } from "../format";
import { Watcher } from "../live/watcher";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import { Paced } from "../ui/paced";
import "../figures/figures.css";

/** A screen reader announces the figures at most so often. */
const SAY_EVERY = 15_000;

const watch = (api: AppSync): Watcher<ShopFigures, ShopFigures> =>
  new Watcher({ read: () => api.shopFigures(), open: api.figures(), settle: newer, merge: newer });

export default function Figures({ api }: { api: AppSync }) {
  const watcher = useMemo(() => watch(api), [api]);
  useEffect(() => {
    watcher.start();
    return () => watcher.stop();
  }, [watcher]);
  /** What is looked at in peace, while the figures go on. */
  const frozen = useSignal<ShopFigures | null>(null);
  const figures = frozen.value ?? watcher.value.value;
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {watcher.problem.value !== null ? (
        <Refused watcher={watcher} />
      ) : figures === null ? (
        watcher.state.value === "away" ? (
          <Notice kind="error" action={words.again} onAction={watcher.nudge}>
            <p>{words.failed}</p>
            <p>{strings.problems[offline() ? "offline" : "try-again"]}</p>
          </Notice>
        ) : (
          <div role="status">
            <span class="visually-hidden">{words.loading}</span>
            <div class="card skeleton tall" aria-hidden="true" />
          </div>
        )
      ) : (
        <div data-version={figures.version}>
          <State watcher={watcher} frozen={frozen.value} hold={(kept) => (frozen.value = kept)} />
          {ordersOf(figures) === 0 ? (
            <Notice kind="empty" action={words.toShop} href="#/shop">
              <p>{words.empty}</p>
              <p>{words.emptyHint}</p>
            </Notice>
          ) : (
            <Shown figures={figures} />
          )}
        </div>
      )}
    </>
  );
}

function Shown({ figures }: { figures: ShopFigures }) {
  const minutes = useMemo(() => minutesOf(figures), [figures]);
  return (
    <>
      <Tiles figures={figures} last={lastFull(minutes)} />
      <Minutes minutes={minutes} />
      <div class="plots">
        <Statuses figures={figures} />
        <div>
          <Delivery delivery={figures.delivery} />
          <Revenue revenue={figures.revenue} />
        </div>
      </div>
      <Paced text={words.announce(figures, lastFull(minutes))} every={SAY_EVERY} />
    </>
  );
}

/** The last minute is still going on. */
const lastFull = (minutes: readonly Minute[]): Minute | null => minutes.at(-2) ?? null;

function Refused({ watcher }: { watcher: Watcher<ShopFigures, ShopFigures> }) {
  const problem = watcher.problem.value;
  if (problem === null) return null;
  if (problem !== "off") {
    return (
      <Notice kind="error" action={words.again} onAction={watcher.nudge}>
        <p>{words.failed}</p>
        <p>{strings.problems[problem]}</p>
      </Notice>
    );
  }
  return (
    <Notice kind="empty" action={words.again} onAction={watcher.nudge}>
      <p>{words.off}</p>
      <p>{words.offHint}</p>
      <pre tabIndex={0}>
        <code>{words.offCommands}</code>
      </pre>
    </Notice>
  );
}

interface StateProps {
  readonly watcher: Watcher<ShopFigures, ShopFigures>;
  readonly frozen: ShopFigures | null;
  readonly hold: (figures: ShopFigures | null) => void;
}

/** Of when the figures are, and whether new ones come. */
function State({ watcher, frozen, hold }: StateProps) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const { value } = watcher.value;
  if (value === null) return null;
  const state = watcher.state.value;
  const silent = frozen === null && state === "live" && isSilent(value, watcher.changedAt.value, now.value);
  const text =
    frozen !== null ? words.states.paused : state === "away" && offline() ? words.states.offline : words.states[state];
  return (
    <div class={`figures-state ${state}`} data-state={state} data-newest={value.version} data-silent={silent || undefined}>
      <p>
        <span class="dot" aria-hidden="true" />
        <span role="status">{silent ? words.silent(formatTime(new Date(watcher.changedAt.value).toISOString())) : text}</span>{" "}
        <span class="faint">
          {words.as} <time dateTime={(frozen ?? value).at}>{formatTime((frozen ?? value).at)}</time>
        </span>
      </p>
      <button type="button" aria-pressed={frozen !== null} onClick={() => hold(frozen === null ? watcher.value.peek() : null)}>
        {words.pause}
      </button>
    </div>
  );
}

function Tiles({ figures, last }: { figures: ShopFigures; last: Minute | null }) {
  const { tiles } = words;
  const span = (ms: number | null): string => (ms === null ? words.none : formatMs(ms));
  const { p50Ms, p95Ms } = figures.delivery;
  const entries = [
    ["rate", tiles.rate, formatWhole(last?.received ?? 0)],
    ["under-way", tiles.underWay, formatWhole(underWay(figures))],
    ["half", tiles.half, span(p50Ms)],
    ["most", tiles.most, span(p95Ms)],
  ] as const;
  return (
    <section aria-label={words.now}>
      <dl class="tiles">
        {entries.map(([name, title, text]) => (
          <div key={name} class="card" data-tile={name}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div class={`card ${figures.deadLetters > 0 ? "bad" : ""}`} data-tile="letters">
          <dt>{tiles.letters}</dt>
          <dd>
            {formatWhole(figures.deadLetters)} <a href="#/letters">{words.toLetters}</a>
          </dd>
        </div>
      </dl>
    </section>
  );
}
