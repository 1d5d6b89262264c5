// Which sentences each part of the console says: what is built into catalogs, and what the tests hold them to.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

export const LANGUAGES = ['de', 'es', 'pt', 'ja'];

/** The parts of addresses under `/console` at which the sentences of a folder are said, where they are called otherwise. */
const SHOWN_AT = { hook: ['webhooks'], team: ['team', 'audit'], catalog: ['edit', 'venues'] };

/** The files of a folder and of those in it, as paths. */
export function files(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? files(file) : [file];
  });
}

/** The sentences that a source says: `t("…")`, `rich("…")`, `key("…")`. */
export const said = (source) => [...source.matchAll(/\b(?:t|rich|key)\(\s*("(?:[^"\\]|\\.)*")/g)].map((found) => JSON.parse(found[1]));

/** As `mark` of `t.ts`. */
export function mark(english) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < english.length; at += 1) hash = Math.imul(hash ^ english.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(36).slice(-4).padStart(4, '0');
}

/** The sentences of each folder of the console; those of its own files are `main`: every page says them. */
export function sentences(folder) {
  const all = { main: new Set() };
  for (const file of files(folder).filter((name) => /\.tsx?$/.test(name))) {
    const inside = path.relative(folder, file).split(path.sep);
    const part = inside.length > 1 ? inside[0] : 'main';
    for (const sentence of said(readFileSync(file, 'utf8'))) (all[part] ??= new Set()).add(sentence);
  }
  for (const [part, own] of Object.entries(all)) if (part !== 'main') for (const sentence of all.main) own.delete(sentence);
  return all;
}

/** What stands in the files of a language, by file. */
export function catalogs(folder, language) {
  return Object.fromEntries(files(path.join(folder, 'words', language)).map((file) => [path.basename(file), JSON.parse(readFileSync(file, 'utf8'))]));
}

/** The scripts that leave the catalogs: what a page knows them as, and their text. What is in no source is a title of a problem. */
export function scripts(folder) {
  const parts = sentences(folder);
  const inSource = new Set(Object.values(parts).flatMap((own) => [...own]));
  return LANGUAGES.flatMap((language) => {
    const all = Object.assign({}, ...Object.values(catalogs(folder, language)));
    const problems = new Set(Object.keys(all).filter((english) => !inSource.has(english)));
    return Object.entries({ ...parts, problems }).flatMap(([part, own]) => {
      const here = Object.entries(all).filter(([english]) => own.has(english));
      // One text packs better than as many as there are sentences: four letters are the mark, and a tilde stands between two.
      const words = JSON.stringify(here.map(([english, translation]) => mark(english) + translation).join('~'));
      const text = `globalThis.usherWords={...globalThis.usherWords,...Object.fromEntries(${words}.split('~').map((one)=>[one.slice(0,4),one.slice(4)]))};\n`;
      return (SHOWN_AT[part] ?? [part]).map((place) => ({ name: `words-${language}-${place}.js`, file: `words-${language}-${part}`, text }));
    });
  });
}
