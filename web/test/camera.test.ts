import { expect, test } from "vitest";
import { Camera } from "../src/map/camera";
import { type WirePlan, unpack } from "../src/map/plan";

const wire: WirePlan = {
  v: 1, currency: "EUR", unit: 1, tickets: 400, tiers: [{ id: "a", name: "A", minor: 1 }],
  sections: [["A", Array.from({ length: 20 }, (_, row) => ({
    n: String(row), b: row * 20, t: 0, s: 1, k: 20, x: Array.from({ length: 20 }, (_, i) => (i === 0 ? 0 : 1)),
    y: Array.from({ length: 20 }, (_, i) => (i === 0 ? row : 0)),
  }))]],
};

function camera(): Camera {
  const made = new Camera(unpack(wire));
  made.resize(400, 300);
  made.fit();
  return made;
}

test("what is under the finger stays there when one zooms", () => {
  const at = camera();
  at.zoom(4);
  const before = at.toHall(250, 140);
  at.zoom(1.4, 250, 140);
  const after = at.toHall(250, 140);
  expect(after[0]).toBeCloseTo(before[0], 5);
  expect(after[1]).toBeCloseTo(before[1], 5);
});

test("nobody leaves the hall, and nobody comes too near", () => {
  const at = camera();
  at.pan(1e6, -1e6);
  expect(at.isWhole()).toBe(true);
  at.zoom(1e6);
  expect(at.seat).toBeCloseTo(44, 3);
  at.pan(-1e6, -1e6);
  const { right, bottom } = at.seen();
  expect(right).toBeLessThanOrEqual(20.5 + 1e-3);
  expect(bottom).toBeLessThanOrEqual(20.5 + 1e-3);
});

test("a flight ends where it was sent, at once for who wants nothing to move", () => {
  const at = camera();
  at.fly(10, 10, 30, 1000, false);
  expect(at.flies).toBe(true);
  let last = 0;
  for (let now = 1000; at.step(now); now += 16) {
    expect(at.scale).toBeGreaterThanOrEqual(last);
    last = at.scale;
  }
  const [x, y] = at.toHall(200, 150);
  expect([x, y].map(Math.round)).toEqual([10, 10]);
  at.fly(5, 5, 40, 5000, true);
  expect(at.flies).toBe(false);
});

test("who asks to come nearer three times in a moment comes three steps, to the same middle", () => {
  const at = camera();
  const [before, middle] = [at.scale, at.toHall(200, 150)];
  for (let tap = 0; tap < 3; tap += 1) {
    at.step(1000 + tap);
    at.closer(1.2, 1000 + tap, false);
  }
  while (at.step(9000));
  expect(at.scale).toBeCloseTo(before * 1.2 ** 3, 5);
  expect(at.toHall(200, 150).map(Math.round)).toEqual(middle.map(Math.round));
});

test("another size of the window keeps the middle, and who saw all sees all", () => {
  const at = camera();
  at.resize(200, 600);
  expect(at.isWhole()).toBe(true);
  at.look(12, 9.5, 30);
  at.resize(500, 500);
  const [x, y] = at.toHall(250, 250);
  expect(x).toBeCloseTo(12, 1);
  expect(y).toBeCloseTo(9.5, 1);
});
