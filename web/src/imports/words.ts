/** Every word of the import page. */
import { formatSize, formatWhole } from "../format";
import { type FileFault, type Import, type ImportFailure, type ImportStatus, type Listed, MOST_BYTES, handled } from "./model";
import type { UploadProblem } from "./upload";

const lines = (n: number): string => `${formatWhole(n)} ${n === 1 ? "line" : "lines"}`;

const statuses: Readonly<Record<ImportStatus, string>> = {
  AWAITING_UPLOAD: "Waiting for the file",
  RUNNING: "Under way",
  CANCELLING: "Being cancelled",
  CANCELLED: "Cancelled",
  COMPLETED: "Complete",
  FAILED: "Failed",
  EXPIRED: "Never uploaded",
};

const meanings: Readonly<Record<ImportStatus, string>> = {
  AWAITING_UPLOAD: "The file has not come yet, or is only just being looked at.",
  RUNNING: "Its lines are read, and each becomes an order.",
  CANCELLING: "No further line is begun. What has begun comes to its end.",
  CANCELLED: "It was cancelled. Orders that were accepted before stay, and the report names them.",
  COMPLETED: "Each line was accepted, repeated or refused.",
  FAILED: "It could not be carried out.",
  EXPIRED: "No file was uploaded in time. Nothing happened; import it again.",
};

const failures: Readonly<Record<ImportFailure, string>> = {
  EMPTY: "The file has no line with an order.",
  NOT_TEXT: "The file is no text in UTF-8. A spreadsheet must be saved as CSV first.",
  NOT_CSV: "The file is no CSV.",
  WRONG_HEADER: "The first line does not name the columns of an import. The import page explains them.",
  TOO_MANY_LINES: "The file has too many lines. Divide it, and import the parts.",
  REPLACED: "The file was uploaded again while it was read. Import it once more.",
  INTERNAL_ERROR: "That was our fault, and is logged. Import the file again: what was accepted is not ordered twice.",
};

const faults: Readonly<Record<FileFault, string>> = {
  "not-csv": "This is no CSV by its name. A spreadsheet must be saved as CSV first.",
  empty: "This file is empty.",
  "too-large": `This file is larger than ${formatSize(MOST_BYTES)}. Divide it, and import the parts.`,
  "long-name": "The file's name is longer than 255 characters.",
  binary: "This is no text, whatever its name says. A spreadsheet must be saved as CSV first.",
};

const uploads: Readonly<Record<UploadProblem, string>> = {
  offline: "The upload broke off: check your network, and send the file again.",
  changed: "The file was changed after you chose it. Choose it again.",
  expired: "The upload took longer than its permission. Send the file again.",
  refused: "S3 did not take the file. Send it again.",
  aborted: "The upload was broken off. Nothing was imported.",
};

export const words = {
  title: "Import orders",
  lead: "Give a CSV with an order on each line. Each line is acknowledged, and refused ones say why.",
  statuses,
  meanings,
  failures,
  faults,
  uploads,
  form: {
    title: "File",
    choose: "CSV file",
    drop: "or drop it here.",
    most: `At most ${formatSize(MOST_BYTES)}.`,
    chosen: (name: string, size: number) => `${name}, ${formatSize(size)}`,
    none: "Choose a file first.",
    go: "Upload and import",
    busy: "Announcing the file…",
    uploading: (name: string) => `Uploading ${name}`,
    share: (share: number) => `${Math.floor(share * 100)} % uploaded.`,
    stop: "Stop the upload",
    leave: "The upload goes on only while this page is open.",
  },
  format: {
    title: "What a file looks like",
    lead: "Text in UTF-8, with commas, semicolons or tabs between the fields. The first line names the columns, in any order; each other line is an order.",
    items: "A second item has sku2, name2, quantity2 and unitPrice2, and so on, up to 50.",
    sample: "Download a sample",
    column: "Column",
    meaning: "What it is",
    optional: "May be left out.",
  },
  list: {
    title: "Imports",
    loading: "Reading the imports…",
    failed: "The imports cannot be read.",
    empty: "Nothing has been imported yet.",
    again: "Look again",
    more: "Show more",
    file: "File",
    status: "Status",
    lines: "Lines",
    begun: "Begun",
    result: ({ lines: n, ...counts }: Listed) => `${formatWhole(handled(counts))}${n === null ? "" : ` of ${formatWhole(n)}`}`,
  },
  invalid: (message: string) => `The file cannot be imported: ${message}`,
  off: "Imports are switched off in this stack. The parameter Imports turns them on.",
  again: "Try again",
  failed: "The import cannot be read.",
  missing: "There is no such import, or it is not yours.",
  back: "All imports",
  loading: "Reading the import…",
  heading: (name: string) => `Import of ${name}`,
  progress: "Lines done",
  counting: "The lines are counted…",
  counts: { lines: "Lines", accepted: "Accepted", repeated: "Repeated", refused: "Refused" },
  hints: {
    accepted: "new orders, on their way",
    repeated: "the very same order was recorded before",
    refused: "nothing of them is done",
  },
  connection: {
    connecting: "Connecting…",
    live: "Live: progress appears as it happens.",
    behind: "Connected. Reading what may have been missed…",
    away: "Connection lost. The import goes on; trying again…",
  },
  sentence: (value: Import): string => {
    const { accepted, repeated, refused, lines: n } = value;
    const of = n === null ? lines(handled(value)) : `${formatWhole(handled(value))} of ${lines(n)}`;
    return `${statuses[value.status]}. ${of} done: ${formatWhole(accepted)} accepted, ${formatWhole(repeated)} repeated, ${formatWhole(refused)} refused.`;
  },
  duplicate: "You have imported a file with the very same contents before. What was accepted then is repeated now: nothing is ordered twice.",
  toFirst: "Look at that import",
  cancel: "Cancel import",
  sure: "Cancel this import? Orders that were accepted stay.",
  yes: "Yes, cancel it",
  no: "Go on importing",
  cancelling: "Cancelling…",
  late: "It is too late: the import has ended.",
  acknowledgement: {
    title: "Acknowledgement",
    report: "Download the report",
    hint: "CSV: each line with its order, and what became of it.",
    busy: "Asking for the report…",
    none: "There is no report of it.",
    failed: "The report cannot be reached just now.",
    summary: ({ lines: n, accepted, repeated, refused }: Import): string =>
      `${n === null ? "" : `${lines(n)}: `}${formatWhole(accepted)} accepted, ${formatWhole(repeated)} repeated, ${formatWhole(refused)} refused.`,
  },
  refusals: {
    title: "Refused lines",
    line: "Line",
    code: "Code",
    reason: "Reason",
    next: "Mend these lines and import the whole file again: what was accepted is not ordered twice.",
    more: (n: number, ended: boolean) =>
      `${formatWhole(n)} more ${n === 1 ? "is" : "are"} not shown here: ${ended ? "the report has them all." : "the report will have them all."}`,
  },
} as const;

/** The columns of a file, in the sample's order. */
export const COLUMNS: readonly { readonly name: string; readonly required: boolean; readonly meaning: string }[] = [
  { name: "reference", required: true, meaning: "What you call the order. The same reference again orders nothing twice, in whatever file." },
  { name: "currency", required: true, meaning: "ISO 4217, such as EUR." },
  { name: "cardToken", required: true, meaning: "The test card: tok_approve, tok_decline or tok_timeout." },
  { name: "country", required: false, meaning: "Where it goes: two letters of ISO 3166-1, such as FR." },
  { name: "sku", required: true, meaning: "Which article." },
  { name: "name", required: true, meaning: "What it is called." },
  { name: "quantity", required: true, meaning: "How many: a whole number." },
  { name: "unitPrice", required: true, meaning: "Price of one in minor units, such as cents: 420 is €4.20." },
];
