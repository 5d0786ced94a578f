/** How many minor units a currency has, by ISO 4217: its amounts are counted in them. */

/** All that differ from two. A browser's `Intl` knows what is usual in writing instead, as no decimals for the forint. */
const DIGITS: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3,
  CLF: 4, UYW: 4,
};

export const digitsOf = (currency: string): number => DIGITS[currency] ?? 2;

/**
 * The decimal number that an amount in minor units stands for. It is moved as text, so that no digit is lost
 * where a number of JavaScript has only fifteen.
 */
export function toMajor(minor: bigint, currency: string): `${number}` {
  const digits = digitsOf(currency);
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
  const cut = text.length - digits;
  const sign = minor < 0n ? "-" : "";
  return `${sign}${text.slice(0, cut)}${digits > 0 ? `.${text.slice(cut)}` : ""}` as `${number}`;
}
