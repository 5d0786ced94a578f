/** A file of orders: choose it, and look at what has become of the others. */
import { useSignal } from "@preact/signals";
import type { AppSync } from "../api/appsync";
import { ImportForm } from "../imports/form";
import { FormatCard } from "../imports/format-card";
import { ImportList } from "../imports/list";
import { words } from "../imports/words";
import "../imports/imports.css";

export default function ImportPage({ api }: { api: AppSync }) {
  const changes = useSignal(0);
  return (
    <>
      <h1 tabIndex={-1}>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <ImportForm api={api} onChange={() => (changes.value += 1)} />
      <FormatCard />
      <ImportList api={api} changes={changes.value} />
    </>
  );
}
