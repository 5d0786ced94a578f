import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, type Problem } from "../api/errors";
import { cut, setCut } from "../api/network";
import { SHELF } from "../catalogue";
import { ALL } from "../channels";
import type { ChannelName } from "../channels/channel";
import { newToken } from "../draft";
import { LaneCard } from "../lanes/card";
import { loadChoice, saveChoice, toggle } from "../lanes/choice";
import { Chooser } from "../lanes/chooser";
import { RaceFigure } from "../lanes/figure";
import "../lanes/race.css";
import { Race, type Runner } from "../lanes/race";
import { words } from "../lanes/words";
import type { NewOrder } from "../model";
import { strings } from "../strings";

/** Longest to wait for the connections: a lane that is late reads what it missed. */
const PATIENCE = 4_000;

interface Props extends Runner {
  readonly user: string;
}

export default function Lanes({ user, ...runner }: Props) {
  const { api, config } = runner;
  const raceRef = useRef<Race | null>(null);
  raceRef.current ??= new Race(runner);
  const race = raceRef.current;
  const busy = useSignal(false);
  const orderId = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const chosen = useSignal<readonly ChannelName[]>(loadChoice());
  const channels = ALL.filter((channel) => chosen.value.includes(channel.name) && channel.absence(config) === null);
  useEffect(
    () => () => {
      race.stop();
      if (cut.value) setCut(false); // it could not be mended from another page
    },
    [race],
  );

  const submit = async (): Promise<void> => {
    const ware = config.catalogue?.[0] ?? SHELF[0];
    if (busy.value || !ware || channels.length === 0) return;
    busy.value = true;
    problem.value = null;
    const { sku, name, unitPrice, currency } = ware;
    const order: NewOrder = {
      clientToken: newToken(),
      currency,
      items: [{ sku, name, unitPrice, quantity: 1 }],
      cardToken: "tok_approve",
    };
    orderId.value = order.clientToken;
    try {
      race.follow(order, channels);
      await race.ready(PATIENCE);
      race.begin();
      await api.submit(order);
      race.submitted();
    } catch (error) {
      problem.value = error instanceof ApiError ? error.problem : "fault";
      race.stop();
    } finally {
      busy.value = false;
    }
  };
  const receiver = words.receiverCommand(user, new URL(config.webhooks ?? location.href).host, location.origin);
  const hint = (): string => {
    if (problem.value) return strings.problems[problem.value];
    if (channels.length === 0) return words.chooseNone;
    return orderId.value === "" ? words.nothing : words.following(orderId.value);
  };

  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <div class="card controls">
        <button type="button" class="primary" aria-disabled={busy} disabled={channels.length === 0} onClick={() => void submit()}>
          {busy.value ? words.busy : orderId.value === "" ? words.submit : words.again}
        </button>
        <button type="button" class={cut.value ? "danger" : ""} aria-pressed={cut} onClick={() => setCut(!cut.value)}>
          {cut.value ? words.mend : words.cut}
        </button>
        <label class="slider">
          <span>{words.interval}</span>
          <input
            type="range"
            min="250"
            max="10000"
            step="250"
            value={race.interval}
            aria-valuetext={words.seconds((race.interval.value / 1000).toString())}
            onInput={(event) => {
              race.interval.value = event.currentTarget.valueAsNumber;
            }}
          />
          <output>{words.seconds((race.interval.value / 1000).toFixed(2))}</output>
        </label>
        <p class="hint" role="status">
          {hint()}
        </p>
      </div>
      <Chooser
        channels={ALL}
        config={config}
        chosen={chosen.value}
        running={channels.length}
        onToggle={(name) => {
          chosen.value = toggle(chosen.value, name);
          saveChoice(chosen.value);
        }}
      />
      <RaceFigure race={race} names={channels.map(({ name }) => name)} region={config.region} />
      <h2>{words.cards}</h2>
      <div class="lanes">
        {channels.map(({ name }) => (
          <LaneCard key={name} name={name} view={race.view(name)} receiver={receiver} />
        ))}
      </div>
      <p class="faint notes">{words.notes}</p>
    </>
  );
}
