import type { Signal } from "@preact/signals";
import { formatCount } from "../format";
import { MODEL } from "./document";
import { formatSpan } from "./formats";
import { CHANGES, FOLLOWERS, LIVES, ORDERS, type Wish } from "./load";
import { words } from "./words";

/** The load, by sliders: what is computed follows at once. */
export function Sliders({ wish }: { wish: Signal<Wish> }) {
  const set = (change: Partial<Wish>): void => {
    wish.value = { ...wish.value, ...change };
  };
  const { orders, life, followers, changes, region } = wish.value;
  return (
    <fieldset class="card load">
      <legend>{words.load}</legend>
      <Slider name={words.orders} values={ORDERS} value={orders} format={formatCount} onValue={(value) => set({ orders: value })} />
      <Slider name={words.life} values={LIVES} value={life} format={formatSpan} onValue={(value) => set({ life: value })} />
      <Slider name={words.followers} values={FOLLOWERS} value={followers} format={formatCount} onValue={(value) => set({ followers: value })} />
      <Slider name={words.changes} values={CHANGES} value={changes} format={formatCount} onValue={(value) => set({ changes: value })} />
      <label class="region">
        <span>{words.region}</span>
        <select value={region} onChange={(event) => set({ region: event.currentTarget.value })}>
          {Object.keys(MODEL.regions).map((name) => (
            <option key={name} value={name}>
              {words.regions[name] ?? name}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}

interface SliderProps {
  readonly name: string;
  readonly values: readonly number[];
  readonly value: number;
  readonly format: (value: number) => string;
  readonly onValue: (value: number) => void;
}

function Slider({ name, values, value, format, onValue }: SliderProps) {
  return (
    <label class="slider">
      <span>{name}</span>
      <input
        type="range"
        min="0"
        max={values.length - 1}
        step="1"
        value={values.indexOf(value)}
        aria-valuetext={format(value)}
        onInput={(event) => onValue(values[event.currentTarget.valueAsNumber] ?? value)}
      />
      <output>{format(value)}</output>
    </label>
  );
}
