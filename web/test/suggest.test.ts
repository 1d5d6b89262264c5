import { expect, test } from "vitest";
import { CLOSED, opened, pressed, taken, told } from "../src/suggest/choice";

const suggestion = (text: string) => ({ kind: "event", text, detail: null, link: `/e/${text}` });
const two = opened([suggestion("a"), suggestion("b")]);

test("arrows go round, through the words that were typed", () => {
  let open = two;
  const seen = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"].map((key) => {
    open = pressed(open, key) ?? open;
    return open.chosen;
  });
  expect(seen).toEqual([0, 1, null, 1, 0]);
});

test("Enter takes what is chosen, and searches for the words where nothing is", () => {
  expect(taken(two)).toBeUndefined();
  expect(taken(pressed(two, "ArrowUp") ?? two)).toBe("/e/b");
});

test("Escape closes, and where nothing is suggested every key is the field's own", () => {
  expect(pressed(two, "Escape")).toBe(CLOSED);
  expect(pressed(two, "x")).toBeUndefined();
  expect(pressed(CLOSED, "ArrowDown")).toBeUndefined();
});

test("how many there are is told", () => {
  expect([told(CLOSED), told(opened([suggestion("a")])), told(two)].map((text) => text.split(" ")[0])).toEqual(["", "1", "2"]);
});
