import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formatCount, formatDay } from "../format";
import { Orchestrators } from "../orchestrators/table";
import { type Channel, type Report as Document, loadReport } from "../report";
import { strings } from "../strings";
import { type Bar, Bars } from "../ui/bars";
import { Notice } from "../ui/notice";

const words = strings.report;
type Loaded = { kind: "loading" | "none" | "failed" } | { kind: "here"; report: Document };

export function Report() {
  const loaded = useSignal<Loaded>({ kind: "loading" });
  const load = async (): Promise<void> => {
    try {
      const report = await loadReport();
      loaded.value = report === null ? { kind: "none" } : { kind: "here", report };
    } catch {
      loaded.value = { kind: "failed" };
    }
  };
  useEffect(() => void load(), []);
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {loaded.value.kind === "here" ? (
        <Plots report={loaded.value.report} />
      ) : loaded.value.kind === "loading" ? (
        <div role="status">
          <span class="visually-hidden">{words.loading}</span>
          <div class="card skeleton tall" aria-hidden="true" />
        </div>
      ) : loaded.value.kind === "none" ? (
        <Notice kind="empty" action={words.again} onAction={() => void load()}>
          <p>{words.none}</p>
          <p>{words.noneHint}</p>
          <pre>
            <code>{words.command}</code>
          </pre>
        </Notice>
      ) : (
        <Notice kind="error" action={words.again} onAction={() => void load()}>
          {words.failed}
        </Notice>
      )}
      <Orchestrators />
    </>
  );
}

function Plots({ report }: { report: Document }) {
  const modes = [...new Set(report.channels.map((channel) => channel.mode))];
  const mode = useSignal(modes[0] ?? "alone");
  const channels = report.channels.filter((channel) => channel.mode === mode.value);
  const bars = (values: (channel: Channel) => readonly number[] | null): Bar[] =>
    channels.map((channel) => ({ label: channel.title, values: values(channel) }));
  const named = (one: string): string => (one === "together" ? words.modes.together : words.modes.alone);
  return (
    <>
      <p class="faint">{words.made(formatDay(report.date), report.orders)}</p>
      {modes.length > 1 && (
        <fieldset class="inline">
          <legend>{words.mode}</legend>
          {modes.map((one) => (
            <label key={one} class="choice">
              <input
                type="radio"
                name="mode"
                checked={one === mode.value}
                onChange={() => {
                  mode.value = one;
                }}
              />
              {named(one)}
            </label>
          ))}
        </fieldset>
      )}
      <div class="plots">
        <Plot title={words.latency} note="p50 · p95 · p99" bars={bars(({ latency }) => latency && [latency.p50, latency.p95, latency.p99])} unit="ms" />
        <Plot title={words.requests} bars={bars(({ requests }) => [requests])} unit="" />
        <Plot title={words.bytes} bars={bars(({ bytes }) => [bytes])} unit="B" />
        {channels.some(({ usd }) => usd !== null) && <Plot title={words.cost} bars={bars(({ usd }) => (usd === null ? null : [usd]))} unit="USD" />}
      </div>
      <section class="card" aria-labelledby="numbers-title">
        <h2 id="numbers-title">{words.numbers}</h2>
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="numbers-title">
          <table>
            <thead>
              <tr>
                <th scope="col">{words.channel}</th>
                {["p50 ms", "p95 ms", "p99 ms", words.requests, words.bytes, words.missed, words.cost].map((title) => (
                  <th key={title} scope="col" class="figure">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {channels.map(({ title, latency, requests, bytes, missed, usd }) => (
                <tr key={title}>
                  <th scope="row">{title}</th>
                  {[latency?.p50, latency?.p95, latency?.p99, requests, bytes, missed, usd].map((value, n) => (
                    <td key={n} class="figure">
                      {value == null ? words.unknown : formatCount(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {report.caveats.length > 0 && (
        <section class="card" aria-labelledby="caveats-title">
          <h2 id="caveats-title">{words.caveats}</h2>
          <ul>
            {report.caveats.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Plot({ title, note, bars, unit }: { title: string; note?: string; bars: readonly Bar[]; unit: string }) {
  return (
    <figure class="card">
      <figcaption>
        {title}
        {note !== undefined && <span class="faint"> {note}</span>}
      </figcaption>
      <Bars bars={bars} unit={unit} />
    </figure>
  );
}
