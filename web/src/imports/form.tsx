/** Choose a file, or drop it; it is looked at before anything is sent, and its upload is shown. */
import { useSignal } from "@preact/signals";
import type { TargetedDragEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { AppSync } from "../api/appsync";
import { ApiError } from "../api/errors";
import { go, importHref } from "../router";
import { strings } from "../strings";
import { Notice } from "../ui/notice";
import { faultOf, isBinary } from "./model";
import { type Sending, UploadFailed, send } from "./upload";
import { words as all } from "./words";

const words = all.form;
/** So much of a file is looked at. */
const HEAD = 4_096;

interface Chosen {
  readonly file: File;
  /** The import's id: sending the same again announces no second one. */
  readonly token: string;
}

function messageOf(error: unknown): string {
  if (error instanceof UploadFailed) return all.uploads[error.problem];
  if (!(error instanceof ApiError)) return strings.problems.fault;
  if (error.problem === "off") return all.off;
  return error.problem === "invalid" ? all.invalid(error.message) : strings.problems[error.problem];
}

interface Props {
  readonly api: AppSync;
  /** Called when the list of imports is another, and this page stays. */
  readonly onChange: () => void;
}

export function ImportForm({ api, onChange }: Props) {
  const chosen = useSignal<Chosen | null>(null);
  const problem = useSignal("");
  /** Null while nothing is sent; the share that has been. */
  const share = useSignal<number | null>(null);
  const announcing = useSignal(false);
  const over = useSignal(false);
  const sending = useRef<Sending | null>(null);
  const gone = useRef(new AbortController());
  const input = useRef<HTMLInputElement>(null);
  const hasLeft = (): boolean => gone.current.signal.aborted;
  const busy = announcing.value || share.value !== null;

  useEffect(
    () => () => {
      gone.current.abort();
      sending.current?.abort();
    },
    [],
  );
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [busy]);

  /** A browser says nothing when the very same file is chosen again, which may have been mended meanwhile. */
  const forget = (): void => {
    if (input.current) input.current.value = "";
  };
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file || busy) return;
    chosen.value = null;
    problem.value = "";
    const fault = faultOf(file) ?? (isBinary(new Uint8Array(await file.slice(0, HEAD).arrayBuffer())) ? "binary" : null);
    if (fault === null) chosen.value = { file, token: crypto.randomUUID() };
    else {
      problem.value = `${file.name}: ${all.faults[fault]}`;
      forget();
    }
  };
  const drop = (event: TargetedDragEvent<HTMLElement>): void => {
    event.preventDefault();
    over.value = false;
    void choose(event.dataTransfer?.files[0]);
  };
  const submit = async (): Promise<void> => {
    if (busy) return;
    const here = chosen.value;
    if (here === null) {
      problem.value ||= words.none;
      input.current?.focus();
      return;
    }
    problem.value = "";
    announcing.value = true;
    let announced: string | null = null;
    try {
      const upload = await api.createImport(here.token, here.file.name, here.file.size);
      announced = upload.import.id;
      if (hasLeft()) return;
      share.value = 0;
      announcing.value = false;
      sending.current = send(upload, here.file, (sent) => (share.value = sent));
      await sending.current.done;
      if (!hasLeft()) go(importHref(upload.import.id));
    } catch (error) {
      problem.value = messageOf(error);
      const problemOfUpload = error instanceof UploadFailed ? error.problem : null;
      // What was broken off would be waited for until its time is up.
      if (problemOfUpload === "aborted" && announced !== null) void api.cancelImport(announced).then(onChange, onChange);
      else if (announced !== null) onChange();
      if (problemOfUpload === "changed") {
        chosen.value = null;
        forget();
      } else if (announced !== null) {
        // A form is good for one import: what was announced and not uploaded is announced again.
        chosen.value = { ...here, token: crypto.randomUUID() };
      }
    } finally {
      sending.current = null;
      announcing.value = false;
      share.value = null;
    }
  };

  return (
    <form
      class={`card drop ${over.value ? "over" : ""}`}
      aria-labelledby="file-title"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = !busy;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={drop}
    >
      <h2 id="file-title">{words.title}</h2>
      <label>
        {words.choose}
        <input
          ref={input}
          type="file"
          accept=".csv,.txt,text/csv"
          disabled={busy}
          aria-describedby="file-hint"
          onClick={forget}
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </label>
      <p class="faint" id="file-hint">
        {words.drop} {words.most}
      </p>
      <p class="chosen" role="status">
        {chosen.value !== null && words.chosen(chosen.value.file.name, chosen.value.file.size)}
      </p>
      {problem.value !== "" && <Notice kind="error">{problem.value}</Notice>}
      {share.value === null ? (
        <button type="submit" class="primary" aria-disabled={announcing.value}>
          {announcing.value ? words.busy : words.go}
        </button>
      ) : (
        <Sent name={chosen.value?.file.name ?? ""} share={share.value} stop={() => sending.current?.abort()} />
      )}
    </form>
  );
}

function Sent({ name, share, stop }: { name: string; share: number; stop: () => void }) {
  return (
    <div data-share={Math.floor(share * 100)}>
      <label>
        {words.uploading(name)}
        <progress max={100} value={Math.floor(share * 100)} />
      </label>
      <p class="faint">
        {words.share(share)} {words.leave}
      </p>
      <button type="button" onClick={stop}>
        {words.stop}
      </button>
    </div>
  );
}
