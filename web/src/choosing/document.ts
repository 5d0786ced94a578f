/** The model as the Python side exports it (`compare/model/exported.py`): rows of coefficients, prices, quotas. */
import exported from "./model.json";

export type Confidence = "A" | "B" | "C";

export interface Price {
  readonly item: string;
  /** Dollars a unit. */
  readonly usd: number;
  readonly confidence: Confidence;
}

export interface Quota {
  readonly item: string;
  readonly limit: number;
  readonly adjustable: boolean;
  readonly confidence: Confidence;
}

export interface Pause {
  /** Null for the interval of fixed polling. */
  readonly base: number | null;
  readonly cap: number | null;
  readonly jitter: number;
  readonly doubles: boolean;
}

export type FamilyDocument =
  | { readonly kind: "told"; readonly readsFirst: boolean; readonly connects: boolean }
  | { readonly kind: "asking"; readonly pauses: readonly Pause[] }
  | { readonly kind: "held"; readonly hold: number; readonly until: "news" | "end"; readonly asksFirst: boolean };

export interface ChannelDocument {
  readonly name: string;
  readonly title: string;
  readonly family: FamilyDocument;
  readonly assumptions: readonly string[];
  readonly confidence: Confidence;
  /** Units of a price for one order, a coefficient for each feature. */
  readonly bill: readonly { readonly price: string; readonly why: string; readonly units: readonly number[] }[];
  readonly demands: readonly { readonly quota: string; readonly units: readonly number[] }[];
  /** Seconds that AWS takes, as far as that is published; a bound where a part of it is not. */
  readonly way: { readonly mean: number; readonly p95: number; readonly bound: boolean; readonly confidence: Confidence };
}

export interface ModelDocument {
  readonly date: string;
  readonly features: readonly string[];
  /** Seconds. */
  readonly month: number;
  /** Connections that one page of the fan-out's query holds. */
  readonly group: number;
  /** Seconds after which a stream is renewed. */
  readonly stream: number;
  /** Bytes of one change. */
  readonly payload: number;
  readonly poll: number;
  readonly answer: number;
  readonly read: number;
  readonly quiet: readonly [base: number, cap: number];
  readonly held: { readonly soon: number; readonly later: number; readonly growth: number; readonly hold: number };
  readonly regions: Readonly<
    Record<string, { readonly prices: Readonly<Record<string, Price>>; readonly quotas: Readonly<Record<string, Quota>> }>
  >;
  readonly channels: readonly ChannelDocument[];
}

// A file of this project, written by its own tool and held to `tests/vectors`: nothing untrusted.
export const MODEL = exported as unknown as ModelDocument;
