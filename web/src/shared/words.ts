// What the scripts of a page say, in the language of the page: its sentences come with it, numbers and times are written by `Intl`.

type Sentence = string | Record<string, string>;

interface Words {
  tag: string;
  say: Record<string, Sentence>;
  kinds?: Record<string, string>;
}

/** A page whose script says nothing has no words. */
const SILENT = '{"tag":"en","say":{}}';
const words = JSON.parse(document.getElementById("words")?.textContent || SILENT) as Words;
const { tag } = words;
const forms = new Intl.PluralRules(tag);
const numbers = new Intl.NumberFormat(tag);

export { tag };

/** A whole number, as the language groups it. */
export const count = (number: number): string => numbers.format(number);

/** A sentence, with its blanks filled. `count` chooses the form, where it has several. */
export function say(key: string, fills: Record<string, string | number> = {}): string {
  const sentence = words.say[key] ?? key;
  const text = typeof sentence === "string" ? sentence : sentence[forms.select(Number(fills["count"]))] ?? sentence["other"] ?? key;
  return text.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => {
    const fill = fills[name] ?? "";
    return typeof fill === "number" ? count(fill) : fill;
  });
}

/** A problem in a line: by its kind. Details are written in English only. */
export function told(problem: Record<string, unknown>): string {
  const kind = String(problem["type"] ?? "").split(/[/#]/).pop() ?? "";
  const english = tag.startsWith("en") ? problem["detail"] ?? problem["title"] : undefined;
  return String(english ?? words.kinds?.[kind] ?? say("failed"));
}

/** A time by the browser's clock. */
export const time = (at: string): string => new Date(at).toLocaleString(tag, { dateStyle: "full", timeStyle: "short" });
