import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ChannelName } from "../channels/channel";
import { Paced } from "../ui/paced";
import { pricedRegion } from "./cost";
import { standing } from "./figures";
import { RacePicture } from "./picture";
import type { Race } from "./race";
import { words } from "./words";

/** Milliseconds between two drawings of a race that goes on, and between two sentences about it. */
const TICK = 400;
const SAY_EVERY = 4_000;

const LEGEND = ["commit", "soon", "slow", "late", "gap"] as const;

/** The race of all lanes, as it goes on. */
export function RaceFigure({ race, names, region }: { race: Race; names: readonly ChannelName[]; region: string }) {
  const now = useSignal(Date.now());
  const start = race.start.value;
  useEffect(() => {
    if (start === null) return undefined;
    now.value = Date.now();
    const timer = setInterval(() => {
      now.value = Date.now();
      if (!race.running) clearInterval(timer);
    }, TICK);
    return () => clearInterval(timer);
  }, [start]);
  // Drawn by the clock: traffic changes a view sixty times a second.
  const lanes = names.map((name) => [name, race.view(name).peek()] as const);
  const { done, first } = standing(lanes);
  return (
    <figure class="card race" aria-labelledby="race-title">
      <h2 id="race-title">{words.race}</h2>
      <ul class="race-legend">
        {LEGEND.map((kind) => (
          <li key={kind}>
            <span class={`race-key ${kind}`} aria-hidden="true" />
            {words.legend[kind]}
          </li>
        ))}
      </ul>
      <RacePicture lanes={lanes} start={start} now={now.value} interval={race.interval.value} region={region} />
      {start !== null && <Paced text={words.standing(done, lanes.length, first && words.names[first])} every={SAY_EVERY} />}
      <p class="faint notes">{words.costNote(pricedRegion(region))}</p>
    </figure>
  );
}
