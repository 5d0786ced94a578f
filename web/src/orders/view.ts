/** Which orders a list shows: a status or a group of them, and a part of the number. */
import { type Signal, signal } from "@preact/signals";
import { STATUSES, type Status, type Summary, isFinal } from "../model";

/** All of them; those under way; those that ended otherwise than with the customer; or one status. */
export type Choice = "ALL" | "OPEN" | "UNDELIVERED" | Status;

export const GROUPS = ["ALL", "OPEN", "UNDELIVERED"] as const;

export function statusesOf(choice: Choice): readonly Status[] {
  switch (choice) {
    case "ALL":
      return STATUSES;
    case "OPEN":
      return STATUSES.filter((status) => !isFinal(status));
    case "UNDELIVERED":
      return STATUSES.filter((status) => isFinal(status) && status !== "DELIVERED");
    default:
      return [choice];
  }
}

/** What is searched for, however it was copied: `No. 3F2B8C1E` is the number that the page shows. */
export const normalize = (text: string): string => text.toLowerCase().replace(/^\s*(no\.?|order)\s*/, "").trim();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Whether a text is a whole number, by which any order is found. */
export const isWhole = (text: string): boolean => UUID.test(normalize(text));

/** The choice of one list; it outlives the page, so that the way back from an order leads to the same list. */
export class View {
  readonly choice: Signal<Choice> = signal("ALL");
  readonly text = signal("");

  get narrow(): boolean {
    return this.choice.value !== "ALL" || normalize(this.text.value) !== "";
  }

  /** Whether the list shows an order. A number is searched for in every status. */
  shows({ id, status }: Pick<Summary, "id" | "status">): boolean {
    const part = normalize(this.text.value);
    return part === "" ? statusesOf(this.choice.value).includes(status) : id.includes(part);
  }

  clear(): void {
    this.choice.value = "ALL";
    this.text.value = "";
  }
}
