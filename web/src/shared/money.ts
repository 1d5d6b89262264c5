// Amounts as people read them.
import type { Money } from "./api";
import { tag } from "./words";

/** `85.00 EUR` as the language of the page writes it: `€85`, `85 €`. */
export function price({ minor, currency }: Money, language = tag): string {
  const plain = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = plain.resolvedOptions().maximumFractionDigits ?? 2;
  const whole = minor % 10 ** digits === 0;
  const format = whole
    ? new Intl.NumberFormat(language, { style: "currency", currency, minimumFractionDigits: 0, maximumFractionDigits: 0 })
    : plain;
  return format.format(minor / 10 ** digits);
}
