import { formatWhole } from "../format";
import { type Import, isEnded } from "./model";
import { words as all } from "./words";

const words = all.refusals;

/** The lines that were refused, as they come: where each is, and why. */
export function Refusals({ value }: { value: Import }) {
  const { refusals, refused } = value;
  if (refused === 0 && refusals.length === 0) return null;
  const hidden = refused - refusals.length;
  return (
    <section class="card" aria-labelledby="refusals-title">
      <h2 id="refusals-title">
        {words.title} ({formatWhole(Math.max(refused, refusals.length))})
      </h2>
      <div class="tall" tabIndex={0} role="group" aria-labelledby="refusals-title">
        <table class="refusals">
          <thead>
            <tr>
              <th scope="col" class="line">
                {words.line}
              </th>
              <th scope="col">{words.reason}</th>
              <th scope="col" class="code">
                {words.code}
              </th>
            </tr>
          </thead>
          <tbody>
            {refusals.map(({ line, code, reason }) => (
              <tr key={line} data-line={line}>
                <th scope="row" class="line">
                  {formatWhole(line)}
                </th>
                <td>{reason}</td>
                <td class="code">
                  <code>{code}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {isEnded(value) && <p>{words.next}</p>}
      {hidden > 0 && <p class="faint">{words.more(hidden, isEnded(value))}</p>}
    </section>
  );
}
