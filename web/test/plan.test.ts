import { expect, test } from "vitest";
import { ACCESSIBLE, AISLE, Grid, type WirePlan, unpack } from "../src/map/plan";
import { FREE, MINE, Stock, TAKEN } from "../src/map/stock";
import { bitOf, ticketId } from "../src/shared/api";

const wire: WirePlan = {
  v: 1, currency: "EUR", unit: 0.5, tickets: 14, tiers: [{ id: "a", name: "A", minor: 9000 }, { id: "b", name: "B", minor: 5000 }],
  sections: [
    ["101", [
      { n: "1", b: 0, t: 0, s: 1, k: 5, x: [0, 2, 2, 6, 2], y: [0, 0, 0, 0, 0], a: [4] },
      { n: "2", b: 5, t: [0, 0, 1, 1, 1], s: ["a", "b", "c", "d", "e"], k: 5, x: [0, 2, 2, 6, 2], y: [2, 0, 0, 0, 0] },
    ]],
    ["Balcony", [{ n: "1", b: 10, t: 1, s: 1, k: 4, x: [0, 2, 2, 2], y: [20, 0, 0, 0] }]],
  ],
};
const bits = (free: number[]) => {
  const bytes = [0, 0];
  for (const bit of free) bytes[bit >> 3] |= 1 << (bit & 7);
  return btoa(String.fromCharCode(...bytes));
};
const all = Array.from({ length: 14 }, (_, i) => i);

test("a plan is unpacked into seats that stand where they were", () => {
  const plan = unpack(wire);
  expect(plan.size).toBe(14);
  expect([...plan.x.slice(0, 5)]).toEqual([0, 1, 2, 5, 6]);
  expect([plan.y[5], plan.y[10]]).toEqual([1, 10]);
  expect(plan.names.slice(3, 7)).toEqual(["4", "5", "a", "b"]);
  expect([plan.tier[6], plan.tier[7]]).toEqual([0, 1]);
  expect(plan.flags[4] & ACCESSIBLE).toBe(ACCESSIBLE);
  expect([...plan.flags].slice(0, 5).map((flags) => flags & AISLE)).toEqual([8, 0, 8, 8, 8]);
  expect(plan.pitch).toBe(1);
});

test("a hall that nobody drew stands in straight rows", () => {
  const bare: WirePlan = { ...wire, sections: [["A", [{ n: "1", b: 0, t: 0, s: 1, k: 3 }, { n: "2", b: 3, t: 0, s: 1, k: 3 }]]] };
  const plan = unpack(bare);
  expect([...plan.x]).toEqual([-1, 0, 1, -1, 0, 1]);
  expect(plan.y[3]).toBeGreaterThan(plan.y[0]);
});

test("the grid finds what is in a rectangle, and the nearest seat", () => {
  const plan = unpack(wire);
  const grid = new Grid(plan);
  const found = new Set<number>();
  grid.each({ left: -1, top: -1, right: 3, bottom: 3 }, (seat) => found.add(seat));
  for (const seat of [0, 1, 2, 5, 6, 7]) expect(found.has(seat)).toBe(true);
  expect(grid.nearest(1.2, 0.1, 1)).toBe(1);
  expect(grid.nearest(1.2, 0.1, 9, (seat) => seat >= 10)).toBeUndefined();
  expect(grid.nearest(1.2, 9, 9, (seat) => seat >= 10)).toBe(11);
});

test("what changed is taken in, and a gap is noticed", () => {
  const plan = unpack(wire);
  const stock = new Stock(plan);
  stock.take({ version: 5, available: bits(all), tiers: [], stale: false });
  expect([...stock.ofSection]).toEqual([10, 4]);
  expect(stock.take({ version: 6, since: 5, free: [], taken: [2, 10], tiers: [], stale: false })).toEqual([2, 10]);
  expect([stock.state[2], stock.state[3]]).toEqual([TAKEN, FREE]);
  expect([...stock.ofSection]).toEqual([9, 3]);
  expect(stock.take({ version: 8, since: 7, free: [2], taken: [], tiers: [], stale: false })).toBeUndefined();
  expect(stock.take({ version: 6, since: 6, free: [], taken: [], tiers: [], stale: false })).toEqual([]);
});

test("what is mine stays mine though it is taken for everybody else", () => {
  const stock = new Stock(unpack(wire));
  stock.take({ version: 5, available: bits(all), tiers: [], stale: false });
  expect(stock.own([1, 2], MINE)).toEqual([1, 2]);
  expect(stock.take({ version: 6, since: 5, taken: [1, 2], free: [], tiers: [], stale: false })).toEqual([]);
  expect(stock.own([2], MINE)).toEqual([1]);
  expect([stock.state[1], stock.state[2]]).toEqual([TAKEN, MINE]);
});

test("another seat of the same kind and price is found beside one that is gone", () => {
  const plan = unpack(wire);
  const stock = new Stock(plan);
  stock.take({ version: 5, available: bits(all.filter((bit) => bit !== 1)), tiers: [], stale: false });
  const grid = new Grid(plan);
  expect(stock.instead(1, grid)).toBe(2);
  stock.lose(2);
  expect(stock.instead(1, grid)).toBe(0);
  for (const seat of [0, 3, 5, 6]) stock.lose(seat);
  expect(stock.instead(1, grid), "a place for a wheelchair is no alternative").toBeUndefined();
});

test("a seat that would be left alone is noticed", () => {
  const stock = new Stock(unpack(wire));
  stock.take({ version: 5, available: bits(all), tiers: [], stale: false });
  expect(stock.leavesAlone([0, 1])).toBeUndefined();
  expect(stock.leavesAlone([1])).toBe(0);
  expect(stock.leavesAlone([2, 3])).toBe(4);
  stock.lose(12);
  expect(stock.leavesAlone([10])).toBe(11);
});

test("the id of a ticket is its event and its number", () => {
  const event = "00000000-0000-0000-0000-000000000007";
  const id = ticketId(event, 19_999);
  expect(id).toHaveLength(27);
  expect(bitOf(id)).toBe(19_999);
  expect(id).toBe("AAAAAAAAAAAAAAAAAAAABwAATh8");
});
