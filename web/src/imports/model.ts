/** Imports as the contract has them, and what can be derived without the server. */
import type { ResultOf } from "gql.tada";
import type { CREATE_IMPORT, IMPORT, IMPORTS, ON_IMPORT } from "../api/operations";
import { list, member, number, object, text } from "../model";

export type Import = NonNullable<ResultOf<typeof IMPORT>["import"]>;
export type ImportPage = ResultOf<typeof IMPORTS>["imports"];
export type Listed = ImportPage["imports"][number];
export type Upload = ResultOf<typeof CREATE_IMPORT>["createImport"];
export type Progress = NonNullable<ResultOf<typeof ON_IMPORT>["onImport"]>;
export type ImportStatus = Import["status"];
export type ImportFailure = NonNullable<Import["reason"]>;
export type Refusal = Import["refusals"][number];

const STATUSES = ["AWAITING_UPLOAD", "RUNNING", "CANCELLING", "CANCELLED", "COMPLETED", "FAILED", "EXPIRED"] as const;
const FAILURES = ["EMPTY", "NOT_TEXT", "NOT_CSV", "WRONG_HEADER", "TOO_MANY_LINES", "REPLACED", "INTERNAL_ERROR"] as const;
const FINAL: readonly ImportStatus[] = ["CANCELLED", "COMPLETED", "FAILED", "EXPIRED"];

/** What S3 takes at most. */
export const MOST_BYTES = 10_485_760;
const LONGEST_NAME = 255;
/** So many refused lines are shown; the report has all. */
export const MOST_REFUSALS = 500;

export const isEnded = ({ status }: { readonly status: ImportStatus }): boolean => FINAL.includes(status);
export const mayCancel = ({ status }: { readonly status: ImportStatus }): boolean =>
  status === "AWAITING_UPLOAD" || status === "RUNNING";

/** Lines of which it is known what became of them. */
export const handled = ({ accepted, repeated, refused }: Pick<Import, "accepted" | "repeated" | "refused">): number =>
  accepted + repeated + refused;

/** Whether no line was ever come to. */
export const isUntouched = (value: Import): boolean => value.lines === null && handled(value) === 0 && value.status !== "RUNNING";

export type FileFault = "not-csv" | "empty" | "too-large" | "long-name" | "binary";

/** What is wrong with a file before anything is sent; null when nothing is. */
export function faultOf({ name, size }: { readonly name: string; readonly size: number }): FileFault | null {
  if (!/\.(csv|txt)$/i.test(name)) return "not-csv";
  if (name.length > LONGEST_NAME) return "long-name";
  if (size === 0) return "empty";
  return size > MOST_BYTES ? "too-large" : null;
}

/** Whether these first bytes are of no text: a spreadsheet, a picture, an archive. */
export const isBinary = (bytes: Uint8Array): boolean => bytes.includes(0);

/** Read what `onImport` brings. */
export function readProgress(value: unknown, where = "progress"): Progress {
  const data = object(value, where);
  const count = (name: string): number => number(data[name], `${where}.${name}`);
  const optional = (name: string): string | null => (data[name] == null ? null : text(data[name], `${where}.${name}`));
  return {
    id: text(data.id, `${where}.id`),
    customerId: text(data.customerId, `${where}.customerId`),
    status: member(STATUSES, data.status, `${where}.status`),
    version: count("version"),
    reason: data.reason == null ? null : member(FAILURES, data.reason, `${where}.reason`),
    detail: optional("detail"),
    lines: data.lines == null ? null : count("lines"),
    accepted: count("accepted"),
    repeated: count("repeated"),
    refused: count("refused"),
    at: text(data.at, `${where}.at`),
    refusals: list(data.refusals, `${where}.refusals`).map((row, n) => {
      const at = `${where}.refusals[${n}]`;
      const refusal = object(row, at);
      return {
        line: number(refusal.line, `${at}.line`),
        code: text(refusal.code, `${at}.code`),
        reason: text(refusal.reason, `${at}.reason`),
      };
    }),
  };
}

/** Each refused line once, in the file's order. */
function united(some: readonly Refusal[], others: readonly Refusal[]): Refusal[] {
  const byLine = new Map([...some, ...others].map((refusal) => [refusal.line, refusal]));
  return [...byLine.values()].sort((a, b) => a.line - b.line).slice(0, MOST_REFUSALS);
}

/** The newer of two states of one import, with the refused lines of both: an answer has the first hundred alone. */
export function settle(current: Import | null, answer: Import): Import {
  if (current === null) return answer;
  const newer = answer.version >= current.version ? answer : current;
  return { ...newer, refusals: united(current.refusals, answer.refusals) };
}

/** An answer has so many refused lines at most. */
const FIRST_REFUSALS = 100;

/** Take in how far it is; null when an answer has more to say. */
export function merge(current: Import | null, progress: Progress): Import | null {
  if (current === null || (isEnded(progress) && !isEnded(current))) return null; // its report is to be read
  const refusals = united(current.refusals, progress.refusals);
  if (progress.version <= current.version) return { ...current, refusals };
  if (refusals.length < Math.min(progress.refused, FIRST_REFUSALS)) return null; // an event was lost
  const { status, version, reason, detail, lines, accepted, repeated, refused, at } = progress;
  return { ...current, status, version, reason, detail, lines, accepted, repeated, refused, updatedAt: at, refusals };
}
