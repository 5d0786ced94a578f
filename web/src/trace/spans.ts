/** The spans of a trace as rows: each behind the one that it is a part of, with times from the first one's start. */
import { type Span, grouped } from "./model";

export interface Line {
  readonly span: Span;
  readonly depth: number;
  /** Milliseconds since the trace began. */
  readonly start: number;
  /** Null while it is in progress. */
  readonly end: number | null;
}

export interface Rows {
  /** Milliseconds from the first start to the last end. */
  readonly total: number;
  readonly lines: readonly Line[];
}

/** Milliseconds with a fraction: a Date drops what is below one. */
export function milliseconds(at: string): number {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  return Math.floor(Date.parse(at) / 1_000) * 1_000 + Number(`0.${fraction || "0"}`) * 1_000;
}

export function rows(spans: readonly Span[]): Rows {
  const starts = spans.map((span) => milliseconds(span.startedAt));
  const ends = spans.map((span) => (span.endedAt === null ? null : milliseconds(span.endedAt)));
  const first = Math.min(...starts);
  const last = Math.max(...starts, ...ends.flatMap((end) => (end === null ? [] : [end])));
  const places = new Map(spans.map((span, n) => [span.id, n]));
  const inside = grouped(spans, (span) => (span.parent !== null && places.has(span.parent) ? span.parent : null));
  const lines: Line[] = [];
  const pending = (inside.get(null) ?? []).map((span) => ({ span, depth: 0 })).reverse();
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { span, depth } = next;
    const place = places.get(span.id) ?? 0;
    const end = ends[place] ?? null;
    lines.push({ span, depth, start: (starts[place] ?? first) - first, end: end === null ? null : end - first });
    const parts = inside.get(span.id) ?? [];
    inside.delete(span.id);
    pending.push(...parts.map((part) => ({ span: part, depth: depth + 1 })).reverse());
  }
  return { total: spans.length > 0 ? last - first : 0, lines };
}
