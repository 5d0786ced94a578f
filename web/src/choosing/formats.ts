/** Dollars, shares and times as this page writes them: no more digits than the model is worth. */

const cents = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const rounded = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 3, minimumFractionDigits: 0 });
const tick = new Intl.NumberFormat("en", { notation: "compact" });
const figures = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

export const formatUsd = (usd: number): string =>
  usd < 0.005 ? "less than $0.01" : usd < 100 ? cents.format(usd) : rounded.format(usd);

export const formatShare = (share: number): string => `${Math.round(100 * share)} %`;

/** Whole dollars where there are any. */
export const formatTick = (usd: number): string => (usd >= 1 ? `$${tick.format(usd)}` : formatUsd(usd));

export const formatFigure = (value: number): string => figures.format(value);

export function formatSpan(seconds: number): string {
  if (seconds < 60) return `${figures.format(seconds)} s`;
  return seconds < 3600 ? `${figures.format(seconds / 60)} min` : `${figures.format(seconds / 3600)} h`;
}
