import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { advise } from "../choosing/advice";
import { Answer } from "../choosing/answer";
import { Chart } from "../choosing/chart";
import { type Confidence, MODEL } from "../choosing/document";
import { estimateAll } from "../choosing/estimate";
import { loadOf, START, type Wish } from "../choosing/load";
import { Sliders } from "../choosing/sliders";
import { AllChannels, Bill, Letter } from "../choosing/tables";
import { Tree } from "../choosing/tree";
import { words } from "../choosing/words";
import { formatDay } from "../format";
import { loadReport, type Report } from "../report";

export default function Choose() {
  const wish = useSignal<Wish>(START);
  const report = useSignal<Report | null>(null);
  useEffect(() => {
    // Without a comparison the model stands alone.
    loadReport().then(
      (loaded) => (report.value = loaded),
      () => undefined,
    );
  }, []);
  const load = useComputed(() => loadOf(wish.value));
  const estimates = useComputed(() => estimateAll(load.value, MODEL));
  const advice = advise(estimates.value, load.value.rate);
  const best = advice.best?.name ?? null;
  const shared = { estimates: estimates.value, rate: load.value.rate, best };
  const measured = new Map(
    report.value?.channels.flatMap(({ name, mode, latency }) => (mode === "alone" && latency ? [[name, latency.p50] as const] : [])),
  );
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <Sliders wish={wish} />
      <Answer wish={wish.value} advice={advice} />
      <figure class="card">
        <figcaption>{words.chart}</figcaption>
        <Chart {...shared} />
        <p class="faint notes">
          {words.chartNote} ● {words.kinds.told} ■ {words.kinds.held} ▲ {words.kinds.asking}
        </p>
      </figure>
      <AllChannels {...shared} measured={measured} />
      {report.value && measured.size > 0 && <p class="faint notes">{words.measuredNote(formatDay(report.value.date))}</p>}
      {advice.best && <Bill estimate={advice.best} />}
      <Tree estimates={estimates.value} best={best} />
      <Uncertain />
    </>
  );
}

function Uncertain() {
  const assumptions = new Set(MODEL.channels.flatMap((channel) => channel.assumptions));
  return (
    <section class="card" aria-labelledby="uncertain-title">
      <h2 id="uncertain-title">{words.uncertain}</h2>
      <p>{words.letters}</p>
      <ul class="letters">
        {(["A", "B", "C"] satisfies Confidence[]).map((letter) => (
          <li key={letter}>
            <Letter of={letter} /> {words.confidence[letter]}
          </li>
        ))}
      </ul>
      <p>{words.bound}</p>
      <ul>
        {[...words.assumptions(MODEL.date, MODEL.payload), ...assumptions].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
