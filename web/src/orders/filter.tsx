import { STATUSES } from "../model";
import { strings } from "../strings";
import { type Choice, GROUPS, type View } from "./view";

const words = strings.filter;

/** Which orders a list shows: by status, or by a part of the number. */
export function Filter({ view }: { view: View }) {
  return (
    <search class="filter">
      <label>
        <span>{words.status}</span>
        <select
          value={view.choice.value}
          onChange={(event) => {
            view.choice.value = event.currentTarget.value as Choice;
            view.text.value = "";
          }}
        >
          {GROUPS.map((group) => (
            <option key={group} value={group}>
              {words.groups[group]}
            </option>
          ))}
          <optgroup label={words.one}>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {strings.statuses[status]}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <label>
        <span>{words.number}</span>
        <input
          type="search"
          autocomplete="off"
          spellcheck={false}
          placeholder={words.example}
          value={view.text.value}
          onInput={(event) => {
            view.text.value = event.currentTarget.value;
          }}
        />
      </label>
    </search>
  );
}
