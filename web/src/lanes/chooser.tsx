import type { Channel, ChannelName } from "../channels/channel";
import type { Config } from "../config";
import { words } from "./words";

interface Props {
  readonly channels: readonly Channel[];
  readonly config: Config;
  readonly chosen: readonly ChannelName[];
  readonly running: number;
  readonly onToggle: (name: ChannelName) => void;
}

/** Every lane with how it works; one that cannot run here says why. */
export function Chooser({ channels, config, chosen, running, onToggle }: Props) {
  return (
    <details class="card chooser">
      <summary>{words.choose(running, channels.length)}</summary>
      <p class="faint">{words.chooseNext}</p>
      <ul>
        {channels.map(({ name, absence }) => {
          const missing = absence(config);
          return (
            <li key={name}>
              <label class={missing === null ? "choice" : "choice absent"} data-choice={name}>
                <input
                  type="checkbox"
                  checked={missing === null && chosen.includes(name)}
                  disabled={missing !== null}
                  aria-describedby={`choice-${name}`}
                  onChange={() => onToggle(name)}
                />
                <span>
                  <strong>{words.names[name]}</strong>
                  <span class="faint" id={`choice-${name}`}>
                    {words.how[name]}
                    {missing !== null && <em> {words.absences[missing]}</em>}
                  </span>
                </span>
              </label>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
