// What the gate says in English sentences of its own, in the language of the console. The sentences are loaded when the first is said.
import { language, load } from "./t";

export async function heard(lines: readonly string[]): Promise<string[]> {
  if (language === "en") return [...lines];
  await load("said");
  const said = await import("./said/heard");
  return lines.map(said.heard);
}
