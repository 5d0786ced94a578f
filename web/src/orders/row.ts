/** One order as the lists and its own page show it, and how news of it is taken in. */
import type { Change, Item, Summary } from "../model";

export interface Row extends Summary {
  /** The changes that are known, oldest first; all of them once a person has looked at the order itself. */
  readonly changes: readonly Change[];
  /** Null until a person looks at the order itself. */
  readonly items: readonly Item[] | null;
}

/** The newer of what is known and of what was read; the row itself where that says nothing new. */
export function merged(row: Row, summary: Summary, items: readonly Item[] | null): Row {
  if (summary.version > row.version) return { ...row, ...summary, items: items ?? row.items, changes: row.changes };
  return items && !row.items ? { ...row, items } : row;
}

/** The row with more changes, each version once; the row itself where all were known. */
export function extended(row: Row, changes: readonly Change[]): Row {
  const byVersion = new Map(row.changes.map((change) => [change.version, change]));
  for (const change of changes) byVersion.set(change.version, change);
  if (byVersion.size === row.changes.length) return row;
  const sorted = [...byVersion.values()].sort((a, b) => a.version - b.version);
  const last = sorted.at(-1);
  const news = last && last.version > row.version;
  return {
    ...row,
    changes: sorted,
    ...(news ? { status: last.status, version: last.version, updatedAt: last.at, reason: last.reason } : {}),
  };
}
