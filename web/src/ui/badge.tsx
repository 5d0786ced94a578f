import type { Status } from "../model";
import { strings } from "../strings";

/** A status as a word in a colour; never as a colour alone. */
export function Badge({ status }: { status: Status }) {
  return <span class={`badge ${status.toLowerCase()}`}>{strings.statuses[status]}</span>;
}
