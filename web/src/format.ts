/** Numbers, money and times as people read them. */
import { digitsOf, toMajor } from "./currency";

const money = new Map<string, Intl.NumberFormat>();

/** An amount in minor units, with as many of them as the currency has. */
export function formatMoney(minor: number | bigint, currency: string): string {
  let format = money.get(currency);
  if (!format) {
    const digits = digitsOf(currency);
    format = new Intl.NumberFormat("en", {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    money.set(currency, format);
  }
  return format.format(toMajor(BigInt(minor), currency));
}

const time = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", hour12: false });

export const formatTime = (at: string): string => time.format(new Date(at));
export const formatDay = (at: string): string => day.format(new Date(at));

export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 100_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export const formatCount = (n: number): string => new Intl.NumberFormat("en", { maximumFractionDigits: n < 10 ? 2 : 0 }).format(n);

const whole = new Intl.NumberFormat("en");
/** How many there are, each digit of it. */
export const formatWhole = (n: number | bigint): string => whole.format(n);

const minute = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });
export const formatMinute = (at: number): string => minute.format(at);

const UNITS = ["B", "KB", "MB", "GB"] as const;
/** A file's size. */
export function formatSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1_000)));
  return `${formatCount(bytes / 1_000 ** power)} ${UNITS[power] ?? "B"}`;
}
