import { expect, test } from "vitest";
import { count, say, told } from "../src/shared/words";
import { said } from "./page";

const sources: Record<string, string> = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
// The console speaks English only.
const code = Object.entries(sources).filter(([file]) => !file.includes("/console/")).map(([, text]) => text).join("\n");

test("a sentence is filled, and its form goes with its number", () => {
  expect(say("minutes", { count: 1 })).toBe("1 minute");
  expect(say("seconds", { count: 1200 })).toBe("1,200 seconds");
  expect(say("alone", { seat: "7" })).toBe("Seat 7 beside yours would be left alone.");
  expect(count(12345)).toBe("12,345");
});

test("a problem is told by what it says, and where it says nothing there is a sentence for that", () => {
  expect(told({ type: "/problems/sold-out", title: "Few.", detail: "Two." })).toBe("Two.");
  expect(told({})).toBe("Something went wrong. Please try again.");
});

test("check 30: the scripts say what the catalog has, and the catalog has nothing that no script says", () => {
  const keys = Object.keys(said());
  const literal = [...code.matchAll(/\bsay\((?:\w+ \? )?"([\w.]+)"/g)].map((found) => found[1]);
  expect(literal.filter((key) => !keys.includes(key))).toEqual([]);
  // Keys that are put together: what becomes of a seat, how seats were found, and what a seat is.
  const made = /^(taken|gone)\.(none|other|beside)$|^found\.(together|adjacentRows|split)$|^(is|kind)\.\w+$|^(map|list|live|again|held|place)$/;
  expect(keys.filter((key) => !made.test(key) && !code.includes(`"${key}"`))).toEqual([]);
});

test("check 30: no sentence stands in the scripts themselves", () => {
  const sentences = Object.values(said()).flatMap((text) => (typeof text === "string" ? [text] : Object.values(text)));
  const plain = sentences.filter((text) => !text.includes("{{") && text.includes(" "));
  expect(plain.length).toBeGreaterThan(10);
  const bare = code.replace(/\/\*\*[\s\S]*?\*\/|\/\/ .*/g, "");
  expect(plain.filter((text) => bare.includes(text))).toEqual([]);
});
