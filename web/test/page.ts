// A page around the scripts under test: it has the English words, as the services send them.
const files: Record<string, string> = import.meta.glob("../../{booking-api,search-api}/src/pages/words/en.txt", { query: "?raw", import: "default", eager: true });

type Sentences = Record<string, string | Record<string, string>>;

/** The sentences of the services by their keys. */
function catalog(): Sentences {
  const sentences: Sentences = {};
  for (const line of Object.values(files).join("\n").split("\n").filter((one) => one.includes(" = "))) {
    const [name, text] = [line.slice(0, line.indexOf(" = ")), line.slice(line.indexOf(" = ") + 3)];
    const [, key, form] = /^([^[]+)\[(\w+)\]$/.exec(name) ?? [];
    if (key && form) sentences[key] = { ...(sentences[key] as Record<string, string> | undefined), [form]: text };
    else sentences[name] = text;
  }
  return sentences;
}

/** Those that a script says, without what stands before their keys. */
export function said(): Sentences {
  return Object.fromEntries(Object.entries(catalog()).filter(([key]) => /^(both|live)\./.test(key)).map(([key, text]) => [key.slice(5), text]));
}

Object.assign(globalThis, {
  document: { getElementById: () => ({ textContent: JSON.stringify({ tag: "en-GB", say: said() }) }) },
});
