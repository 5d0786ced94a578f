/** What the API speaks of, and how untyped JSON becomes it: frames and REST answers are checked here. */
import type { OrderInput } from "./api/operations";

export type { Order, Summary } from "./api/operations";

export const STATUSES = [
  "RECEIVED",
  "VALIDATED",
  "AWAITING_APPROVAL",
  "CONFIRMED",
  "PACKED",
  "SHIPPED",
  "DELIVERED",
  "CANCELLED",
  "REJECTED",
  "EXPIRED",
  "FAILED",
] as const;
export type Status = (typeof STATUSES)[number];

export const REASONS = [
  "UNKNOWN_ITEM",
  "OUT_OF_STOCK",
  "PAYMENT_DECLINED",
  "PAYMENT_TIMEOUT",
  "CUSTOMER_REQUEST",
  "NOT_APPROVED",
  "APPROVAL_TIMEOUT",
  "INTERNAL_ERROR",
] as const;
export type Reason = (typeof REASONS)[number];

/** The statuses of a good life, in order; an order that must be approved has one more. */
export const GOOD_LIFE: readonly Status[] = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"];

const FINAL: readonly Status[] = ["DELIVERED", "CANCELLED", "REJECTED", "EXPIRED", "FAILED"];
const CANCELLABLE: readonly Status[] = ["RECEIVED", "VALIDATED", "AWAITING_APPROVAL", "CONFIRMED"];

/** What staff may decide. */
export type Decision = "APPROVE" | "REJECT";

/** One change of one order: history and subscriptions bring the same. */
export interface Change {
  readonly orderId: string;
  readonly version: number;
  readonly status: Status;
  /** When the change was made. */
  readonly at: string;
  readonly reason: Reason | null;
}

/** The changes after a version, and the order's version now; 0 for an order that is not there (yet). */
export interface History {
  readonly orderId: string;
  readonly version: number;
  readonly changes: readonly Change[];
  /** Milliseconds after which the server says that it is worth asking again. */
  readonly retryAfter?: number | undefined;
}

export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** In minor units of the order's currency. */
  readonly unitPrice: number;
}

export interface NewOrder extends Omit<OrderInput, "items"> {
  readonly items: readonly Item[];
}

export const isFinal = (status: Status): boolean => FINAL.includes(status);

export const mayCancel = (status: Status): boolean => CANCELLABLE.includes(status);

/** A value is not what the contract says. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
}

export type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown, where: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unexpected(`${where}: no object`);
  return value as Json;
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unexpected(`${where}: no list`);
  return value as readonly unknown[];
}

export function text(value: unknown, where: string): string {
  if (typeof value !== "string") throw new Unexpected(`${where}: no text`);
  return value;
}

export function number(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Unexpected(`${where}: no number`);
  return value;
}

export function member<T extends string>(all: readonly T[], value: unknown, where: string): T {
  const match = all.find((candidate) => candidate === value);
  if (match === undefined) throw new Unexpected(`${where}: none of ${all.join(", ")}`);
  return match;
}

/** Read an `OrderStatusChange`. */
export function readChange(value: unknown, where = "change"): Change {
  const data = object(value, where);
  const version = number(data.version, `${where}.version`);
  if (!Number.isInteger(version) || version < 1) throw new Unexpected(`${where}.version: not 1 or more`);
  return {
    orderId: text(data.orderId, `${where}.orderId`),
    version,
    status: member(STATUSES, data.status, `${where}.status`),
    at: text(data.at, `${where}.at`),
    reason: data.reason == null ? null : member(REASONS, data.reason, `${where}.reason`),
  };
}

/** Read an `OrderHistory`, which REST and the WebSocket give in the same form. */
export function readHistory(value: unknown, where = "history"): History {
  const data = object(value, where);
  return {
    orderId: text(data.orderId, `${where}.orderId`),
    version: number(data.version, `${where}.version`),
    changes: list(data.changes, `${where}.changes`).map((change, n) => readChange(change, `${where}.changes[${n}]`)),
  };
}
