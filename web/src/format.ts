/** Numbers, money and times as people read them. */

const money = new Map<string, Intl.NumberFormat>();

/** An amount in minor units, with as many of them as the currency has. */
export function formatMoney(minor: number, currency: string): string {
  let format = money.get(currency);
  if (!format) {
    format = new Intl.NumberFormat("en", { style: "currency", currency });
    money.set(currency, format);
  }
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
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
