/** The other end of a conversation: keeps what a protocol sends, and what it reports. */
import type { Line } from "../src/channels/socket";
import { type Change, GOOD_LIFE, type History } from "../src/model";

export const ID = "e073f4df-78c1-5283-bfb1-7455a507bb8f";

export const change = (version: number): Change => ({
  orderId: ID,
  version,
  status: GOOD_LIFE[version - 1] ?? "FAILED",
  at: "2026-11-20T18:00:00.000Z",
  reason: null,
});

export class FakeLine implements Line {
  readonly sent: (string | Uint8Array)[] = [];
  readonly reports: unknown[] = [];

  readonly send = (message: string | Uint8Array): void => void this.sent.push(message);
  readonly live = (histories: readonly History[]): void => void this.reports.push(["live", ...histories]);
  readonly pushed = (news: Change | null): void => void this.reports.push(news?.version ?? "unreadable");
  readonly lost = (refused = false): void => void this.reports.push(refused ? "refused" : "lost");

  /** What was sent, read as JSON. */
  get frames(): unknown[] {
    return this.sent.map((message) => JSON.parse(String(message)) as unknown);
  }
}
