// What the console says, in the language of whoever looks at it. The English sentence is the key.

export type Fills = Record<string, string | number>;

/** A sentence with its blanks filled: `{n}` by `fills.n`. With two forms, `one|other`, the number `n` chooses. */
export function t(sentence: string, fills: Fills = {}): string {
  const forms = sentence.split("|");
  const form = forms.length > 1 && fills["n"] !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (_, name: string) => String(fills[name] ?? ""));
}
