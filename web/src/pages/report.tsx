import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Orchestrators } from "../orchestrators/table";
import { loadRendered, type Rendered } from "../report";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import { RenderedPage } from "../ui/rendered";

const words = strings.report;
type Loaded = { kind: "loading" | "none" | "failed" } | { kind: "here"; rendered: Rendered };

/** The last comparison, as `orderwire compare` rendered it: the same page as the file that it wrote. */
export function Report() {
  const loaded = useSignal<Loaded>({ kind: "loading" });
  const load = async (): Promise<void> => {
    try {
      const rendered = await loadRendered();
      loaded.value = rendered === null ? { kind: "none" } : { kind: "here", rendered };
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
        <>
          <p class="downloads">
            <a href={loaded.value.rendered.page} download>
              {words.save}
            </a>
            <a href={loaded.value.rendered.document} download>
              {words.numbers}
            </a>
          </p>
          <RenderedPage html={loaded.value.rendered.html} />
        </>
      ) : loaded.value.kind === "loading" ? (
        <div role="status">
          <span class="visually-hidden">{words.loading}</span>
          <div class="card skeleton tall" aria-hidden="true" />
        </div>
      ) : loaded.value.kind === "none" ? (
        <Notice kind="empty" action={words.again} onAction={() => void load()}>
          <p>{words.none}</p>
          <p>{words.noneHint}</p>
          <pre tabIndex={0}>
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
