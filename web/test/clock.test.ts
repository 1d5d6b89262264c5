import { expect, test } from "vitest";
import { Countdown, written } from "../src/shared/clock";
import { price } from "../src/shared/money";

test("a countdown goes by the server's clock, whatever ours says", () => {
  const server = 1_800_000_000_000;
  for (const skew of [-300_000, 0, 300_000]) {
    const ours = server + skew;
    const clock = new Countdown(server + 600_000, server - ours);
    expect(clock.left(ours)).toBe(600);
    expect(clock.left(ours + 125_400)).toBe(475);
    expect(clock.left(ours + 700_000)).toBe(0);
  }
  expect(written(475)).toBe("7:55");
});

test("what is left is said at few moments, each once", () => {
  const clock = new Countdown(600_000, 0);
  const said: number[] = [];
  for (let now = 0; now <= 600_000; now += 500) {
    const due = clock.due(now);
    if (due !== undefined) said.push(due);
  }
  expect(said).toEqual([300, 120, 60, 30]);
  const slept = new Countdown(600_000, 0);
  slept.due(0);
  expect(slept.due(545_000), "of what was slept through only the last").toBe(60);
});

test("amounts are written without cents where there are none", () => {
  expect(price({ minor: 8500, currency: "EUR" }, "en")).toBe("€85");
  expect(price({ minor: 3450, currency: "EUR" }, "en")).toBe("€34.50");
  expect(price({ minor: 1200, currency: "JPY" }, "en")).toBe("¥1,200");
});
