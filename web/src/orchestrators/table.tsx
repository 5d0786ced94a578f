import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formatDay } from "../format";
import { Bars } from "../ui/bars";
import { type Orchestrators as Document, loadOrchestrators } from "./model";
import { crashed, dollars, units, visible, words } from "./words";

type Loaded = { kind: "loading" | "none" | "failed" } | { kind: "here"; compared: Document };

/** The comparison of what runs an order, below that of the channels. */
export function Orchestrators() {
  const loaded = useSignal<Loaded>({ kind: "loading" });
  useEffect(() => {
    loadOrchestrators().then(
      (compared) => (loaded.value = compared === null ? { kind: "none" } : { kind: "here", compared }),
      () => (loaded.value = { kind: "failed" }),
    );
  }, []);
  const { value } = loaded;
  if (value.kind === "loading") return null;
  return (
    <section aria-labelledby="orchestrators-title">
      <h2 id="orchestrators-title">{words.title}</h2>
      {value.kind === "here" ? (
        <Compared compared={value.compared} />
      ) : value.kind === "none" ? (
        <>
          <p>{words.none}</p>
          <pre tabIndex={0}>
            <code>{words.command}</code>
          </pre>
        </>
      ) : (
        <p role="alert">{words.failed}</p>
      )}
    </section>
  );
}

function Compared({ compared }: { compared: Document }) {
  const { variants } = compared;
  return (
    <>
      <p class="lead">{words.lead}</p>
      <p class="faint">{words.made(formatDay(compared.date), compared.orders)}</p>
      <div class="plots">
        <figure class="card">
          <figcaption>{words.added}</figcaption>
          <Bars bars={variants.map(({ title, added }) => ({ label: title, value: added }))} unit="ms" />
        </figure>
        <figure class="card">
          <figcaption>{words.cost}</figcaption>
          <Bars bars={variants.map(({ title, usd }) => ({ label: title, value: usd }))} unit="USD" />
        </figure>
      </div>
      <div class="card">
        <h3 id="orchestrators-numbers">{words.numbers}</h3>
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="orchestrators-numbers">
          <table>
            <thead>
              <tr>
                {words.columns.map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {variants.map((variant) => (
                <tr key={variant.name}>
                  <th scope="row">{variant.title}</th>
                  <td>{variant.added === null ? words.unknown : words.ms(variant.added)}</td>
                  <td>{units(variant)}</td>
                  <td>{dollars(variant)}</td>
                  <td>{variant.lines ?? words.unknown}</td>
                  <td>{variant.crash === null ? words.unknown : crashed(variant.crash)}</td>
                  <td>{variant.limit}</td>
                  <td>{visible(variant)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <ul>
          <li>{words.pauses(compared.pauses)}</li>
          {variants.flatMap(({ title, unpriced }) => (unpriced.length > 0 ? [<li key={title}>{words.unpriced(title, unpriced)}</li>] : []))}
          {compared.worries.map((worry) => (
            <li key={worry}>{worry}</li>
          ))}
        </ul>
      </div>
    </>
  );
}
