import { useSignal } from "@preact/signals";
import { type Import } from "./model";
import { words as all } from "./words";

const words = all.acknowledgement;

interface Props {
  readonly value: Import;
  /** Reads the import again: the report's address is good for an hour alone. */
  readonly fresh: () => Promise<Import>;
}

/** What an import came to, and its report. */
export function Acknowledgement({ value, fresh }: Props) {
  const busy = useSignal(false);
  const failed = useSignal(false);
  const download = async (): Promise<void> => {
    busy.value = true;
    failed.value = false;
    try {
      const { reportUrl } = await fresh();
      if (reportUrl === null) failed.value = true;
      else follow(reportUrl);
    } catch {
      failed.value = true;
    }
    busy.value = false;
  };
  return (
    <section class="card" aria-labelledby="acknowledgement-title" data-report={value.reportUrl === null ? "none" : "there"}>
      <h2 id="acknowledgement-title">{words.title}</h2>
      <p>{words.summary(value)}</p>
      {value.reportUrl === null ? (
        <p class="faint">{words.none}</p>
      ) : (
        <>
          <button type="button" class="primary" aria-disabled={busy.value} aria-describedby="report-hint" onClick={() => !busy.value && void download()}>
            {busy.value ? words.busy : words.report}
          </button>
          <p class="faint" id="report-hint">
            {words.hint}
          </p>
        </>
      )}
      <p role="status">{failed.value && words.failed}</p>
    </section>
  );
}

/** S3 says itself that it is a file to keep; the page stays. */
function follow(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.rel = "noreferrer";
  link.click();
}
