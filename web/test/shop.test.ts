// Choosing and holding against a server that is played here.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unpack, type WirePlan } from "../src/map/plan";
import { ASKED, FREE, MINE, TAKEN } from "../src/map/stock";
import { Shop } from "../src/event/shop";
import { bitOf, ticketId } from "../src/shared/api";

const EVENT = "00000000-0000-0000-0000-000000000007";
const wire: WirePlan = {
  v: 1, currency: "EUR", unit: 1, tickets: 8, tiers: [{ id: "a", name: "A", minor: 9000 }],
  sections: [["101", [{ n: "1", b: 0, t: 0, s: 1, k: 8, x: [0, 1, 1, 1, 1, 1, 1, 1], y: [0, 0, 0, 0, 0, 0, 0, 0] }]]],
};

interface Asked {
  method: string;
  path: string;
  body: { ticketIds?: string[]; insteadOf?: string };
  key: string | null;
}

/** What the server knows: who has which seat, and what it was asked. */
let asked: Asked[];
let taken: Set<number>;
let guests: number;
let holds: number;

function answer(status: number, body?: unknown): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { date: new Date().toUTCString() } });
}

function serve(path: string, init: RequestInit): Response {
  const body = JSON.parse(String(init.body ?? "{}")) as Asked["body"];
  const headers = new Headers(init.headers);
  asked.push({ method: init.method ?? "GET", path, body, key: headers.get("idempotency-key") });
  if (path === "/account/guest") {
    guests += 1;
    return answer(201, {});
  }
  if (guests === 0) return answer(401, { type: "/problems/signed-out", title: "Sign in." });
  if (init.method === "DELETE") return answer(204);
  const bits = (body.ticketIds ?? []).map(bitOf);
  const conflicts = bits.filter((bit) => taken.has(bit)).map((bit) => ticketId(EVENT, bit));
  if (conflicts.length > 0) return answer(409, { type: "/problems/seats-taken", title: "Taken.", conflicts });
  holds += 1;
  return answer(201, {
    holdId: `h${holds}`, eventId: EVENT, expiresAt: new Date(Date.now() + 600_000).toISOString(),
    longestUntil: new Date(Date.now() + 1_200_000).toISOString(),
    tickets: bits.map((bit) => ({ ticketId: ticketId(EVENT, bit), place: `seat ${bit}`, price: { minor: 9000, currency: "EUR" } })),
    total: { minor: 9000 * bits.length, currency: "EUR" },
  });
}

function shop(): Shop {
  const made = new Shop(EVENT, unpack(wire), 4);
  made.stock.take({ version: 1, available: btoa("\xff"), tiers: [], stale: false });
  return made;
}

const settled = async (of: Shop) => {
  await vi.waitFor(() => expect(of.pending).toBe(false));
};

beforeEach(() => {
  [asked, taken, guests, holds] = [[], new Set(), 0, 0];
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  vi.stubGlobal("document", { addEventListener: () => undefined, querySelector: () => null, visibilityState: "visible" });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => serve(path, init));
});
afterEach(() => vi.unstubAllGlobals());

test("a seat is ours on the screen at once, and held a moment later, by a guest where nobody is signed in", async () => {
  const of = shop();
  of.toggle(2);
  expect(of.stock.state[2]).toBe(ASKED);
  await settled(of);
  expect(of.stock.state[2]).toBe(MINE);
  expect(asked.map((one) => one.path)).toEqual(["/booking/reserve", "/account/guest", "/booking/reserve"]);
  expect(asked[0].key).toBe(asked[2].key);
  expect(of.countdown?.left()).toBeGreaterThan(590);
});

test("more seats take the place of the hold, and clicks while one asks are asked for in one", async () => {
  const of = shop();
  of.toggle(2);
  of.toggle(3);
  of.toggle(4);
  of.toggle(2);
  await settled(of);
  expect([...of.mine].sort()).toEqual([3, 4]);
  const reserved = asked.filter((one) => one.path === "/booking/reserve");
  expect(reserved.at(-1)!.body.insteadOf).toBe("h1");
  expect(reserved.at(-1)!.body.ticketIds!.map(bitOf)).toEqual([3, 4]);
  expect(reserved.length).toBe(3);
  expect(of.stock.state[2]).toBe(FREE);
});

test("a seat that somebody else has is lost, what was held stays, and another is offered", async () => {
  const of = shop();
  of.toggle(2);
  await settled(of);
  taken.add(5);
  of.toggle(5);
  await settled(of);
  expect(of.mine).toEqual([2]);
  expect(of.stock.state[5]).toBe(TAKEN);
  expect(of.notice).toEqual({ text: "Seat 6 was just taken; seat 7 next to it is free.", instead: 6 });
  of.toggle(of.notice!.instead!);
  await settled(of);
  expect([...of.mine].sort()).toEqual([2, 6]);
});

test("the last seat given back ends the hold", async () => {
  const of = shop();
  of.toggle(1);
  await settled(of);
  of.toggle(1);
  await settled(of);
  expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: "/booking/hold/h1" });
  expect([of.hold, of.countdown, of.mine.length]).toEqual([undefined, undefined, 0]);
});

test("nobody takes more than the event allows, and a lost connection loses nothing that is held", async () => {
  const of = shop();
  for (const seat of [0, 1, 2, 3, 4]) of.toggle(seat);
  expect(of.notice?.text).toBe("You can have at most 4 tickets.");
  await settled(of);
  expect(of.mine.length).toBe(4);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("away")));
  of.toggle(3);
  await settled(of);
  expect(of.mine.length).toBe(4);
  expect(of.notice?.text).toMatch(/connection was lost/);
});
