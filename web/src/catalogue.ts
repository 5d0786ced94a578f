import type { Ware } from "./config";

/** What the shop sells where the configuration does not say: the sample stock's first shelf. */
export const SHELF: readonly Ware[] = [
  { sku: "TEA-DARJEELING", name: "Darjeeling first flush, 100 g", unitPrice: 420, currency: "EUR" },
  { sku: "MUG-BLUE", name: "Blåbær mug, hand-thrown", unitPrice: 1890, currency: "EUR" },
  { sku: "SPOON-OAK", name: "Oak spoon", unitPrice: 590, currency: "EUR" },
  { sku: "OLIVE-KALAMATA", name: "Ελιές Καλαμάτας", unitPrice: 780, currency: "EUR" },
  { sku: "LAMP-PAPER", name: "紙のランプ", unitPrice: 7900, currency: "EUR" },
  { sku: "VASE-UNIQUE", name: "The last vase of its kind", unitPrice: 48000, currency: "EUR" },
];
