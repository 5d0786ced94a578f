import { COLUMNS, words as all } from "./words";

const words = all.format;

/** What a file looks like, and one to begin with. */
export function FormatCard() {
  return (
    <details class="card format">
      <summary>{words.title}</summary>
      <p>{words.lead}</p>
      <p>
        <a class="button" href="/import-sample.csv" download>
          {words.sample}
        </a>
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.column}</th>
            <th scope="col">{words.meaning}</th>
          </tr>
        </thead>
        <tbody>
          {COLUMNS.map(({ name, required, meaning }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                {meaning}
                {!required && <span class="faint"> {words.optional}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="faint">{words.items}</p>
    </details>
  );
}
