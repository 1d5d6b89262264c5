// What the console says: every sentence is in every language, and nothing that people read is outside of the sentences.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";
import { mark } from "../src/console/t";
import * as parts from "../src/console/words/parts.mjs";

const folder = fileURLToPath(new URL("../src/console", import.meta.url));
const sources = parts.files(folder).filter((file) => /\.tsx?$/.test(file));
const name = (file) => path.relative(folder, file);

const isNode = (it) => typeof it === "object" && it !== null && typeof it.type === "string";

/** Calls `look` with each node and those that it stands in, the nearest last. */
function walk(node, look, around = []) {
  if (Array.isArray(node)) return node.forEach((one) => walk(one, look, around));
  if (!isNode(node)) return;
  look(node, around);
  for (const [member, it] of Object.entries(node)) if (member !== "type") walk(it, look, [...around, node]);
}

const tree = (file) => parseAst(readFileSync(file, "utf8"), { lang: "tsx" }).body;
const isSaying = (node) => node.type === "CallExpression" && ["t", "rich", "key"].includes(node.callee.name);

/** The sentences of all sources, by their syntax. */
function sentences() {
  const all = new Set();
  for (const file of sources) {
    walk(tree(file), (node) => {
      const first = isSaying(node) ? node.arguments[0] : undefined;
      if (first?.type === "Literal") all.add(String(first.value));
    });
  }
  return [...all];
}

const blanks = (sentence) => [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort();

/** Titles of problems: calls answer them, so they stand in no source of the console. */
const PROBLEMS = readFileSync(fileURLToPath(new URL("../../docs/PROBLEMS.md", import.meta.url)), "utf8");

describe.each(parts.LANGUAGES)("the catalogs of %s", (language) => {
  const files = parts.catalogs(folder, language);
  const { "problems.json": problems, ...own } = files;
  const said = Object.assign({}, ...Object.values(own));
  const keys = sentences();

  test("say every sentence, and none that is said no more", () => {
    expect(keys.filter((key) => !(key in said))).toEqual([]);
    expect(Object.keys(said).filter((key) => !keys.includes(key))).toEqual([]);
  });
  test("say a sentence in one file only", () => {
    const all = Object.values(files).flatMap((file) => Object.keys(file));
    expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
  });
  test("leave the same blanks, and no more forms than the language has", () => {
    const most = new Intl.PluralRules(language).resolvedOptions().pluralCategories.length;
    for (const [english, translation] of Object.entries(said)) {
      expect(translation.trim(), english).not.toBe("");
      const forms = translation.split("|");
      if (!english.includes("|")) expect(forms.length, english).toBe(1);
      expect(forms.length, english).toBeLessThanOrEqual(most);
      for (const form of forms) expect(blanks(form), `${english} → ${form}`).toEqual(blanks(english));
    }
  });
  test("know problems by the titles that calls answer", () => {
    expect(Object.keys(problems).filter((title) => !PROBLEMS.includes(`| ${title} |`))).toEqual([]);
    expect(Object.keys(problems).sort()).toEqual(Object.keys(parts.catalogs(folder, "de")["problems.json"]).sort());
  });
  test("are all built into the scripts, each sentence by a mark of its own", () => {
    const page = createContext({});
    for (const script of parts.scripts(folder)) if (script.name.startsWith(`words-${language}-`)) runInContext(script.text, page);
    for (const [english, translation] of Object.entries({ ...said, ...problems })) {
      expect(page.usherWords[mark(english)]).toBe(translation);
    }
    const all = [...Object.keys(said), ...Object.keys(problems)];
    expect(new Set(all.map(mark)).size).toBe(all.length);
  });
});

/** What is the same in every language. */
const SAME = ["Usher", "queue-gate verify --url", "https://…", "event.update", "text/csv, application/json", "(prefers-color-scheme: dark)", "(forced-colors: active)", "11px system-ui", "px system-ui, sans-serif",
  "600 12px system-ui, sans-serif", "input:not([type=checkbox]), textarea, select",
  // What one copies into a page of one's own, and a header for it.
  "https://", '<usher-queue room="', '<script defer src="', "Content-Security-Policy: script-src"];
/** Attributes that people read or hear. */
const READ = ["aria-label", "title", "label", "hint", "placeholder", "alt", "words", "more"];
/** Attributes that hold several words for a machine. */
const MACHINE = ["class", "className", "allow", "rel", "autocomplete", "pattern", "href"];

test("nothing that people read is outside of the sentences", () => {
  const raw = [];
  for (const file of sources) {
    const isRead = (node, around, text) => {
      if (node.type === "JSXText") return /\p{L}{2}/u.test(text);
      if (around.some((one) => isSaying(one) || one.type === "ImportDeclaration" || one.type === "TSLiteralType")) return false;
      const attribute = around.findLast((one) => one.type === "JSXAttribute");
      const called = attribute?.name.name ?? "";
      if (MACHINE.includes(called)) return false;
      const stands = around.findLast((one) => !["ConditionalExpression", "LogicalExpression", "JSXExpressionContainer"].includes(one.type));
      const isShown = stands.type === "JSXElement" || stands.type === "JSXFragment" || (stands.type === "JSXAttribute" && READ.includes(called));
      if (isShown) return /\p{L}{2}/u.test(text);
      // Two words in a row are a sentence; one alone may be a name for a machine.
      return /\p{L}{2,}[,:;.!?]? \p{L}{2,}/u.test(text);
    };
    walk(tree(file), (node, around) => {
      const text = node.type === "JSXText" || (node.type === "Literal" && typeof node.value === "string") ? String(node.value)
        : node.type === "TemplateElement" ? String(node.value.cooked) : undefined;
      if (text !== undefined && !SAME.includes(text.trim()) && isRead(node, around, text)) raw.push(`${name(file)}: ${text.trim()}`);
    });
  }
  expect(raw).toEqual([]);
});

test("what is said is written where it is said", () => {
  const open = [];
  for (const file of sources.filter((one) => !["t.ts", "said/heard.ts"].includes(name(one)))) {
    walk(tree(file), (node) => { if (isSaying(node) && node.arguments[0]?.type !== "Literal") open.push(`${name(file)} at ${node.start}`); });
  }
  expect(open).toEqual([]);
  // The build looks for sentences by their look: it finds what the syntax says.
  expect([...new Set(sources.flatMap((file) => parts.said(readFileSync(file, "utf8"))))].sort()).toEqual(sentences().sort());
});

test("a part of the console takes words from its own folder only", () => {
  for (const file of sources) {
    const [own, ...rest] = name(file).split(path.sep);
    if (rest.length === 0) continue;
    const others = [...readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type).*from "\.\.\/([\w-]+)\/[\w-]+"/gm)].map((found) => found[1]);
    // The tabs of a room are loaded by its page: the words of both are there.
    expect(others.filter((other) => other !== own && !(own === "tabs" && other === "room") && !["shared"].includes(other)), name(file)).toEqual([]);
  }
});
