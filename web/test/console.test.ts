import { describe, expect, test } from "vitest";
import { Events } from "../src/console/ask";
import { days, held, pace, tiers } from "../src/console/event/figures";
import { choices, may, mayAll } from "../src/console/me";
import { type Seen, verdict } from "../src/console/room/health";
import { type Minute, type Point, column, ofSecond, points } from "../src/console/room/series";
import { type Entry, different, undoOf, words } from "../src/console/room/timeline";
import { learned, outcome, reach, scenario } from "../src/console/room/whatif";
import type { Event, Room, RoomLive, SalesReport, Simulation } from "../src/console/types";
import { seconds, span } from "../src/console/words";

const room = { state: "open", admitPerMinute: 120, maxActive: 200, pauseReason: null, exception: null, failedOpenAt: null } as unknown as Room;
const live = (more: Partial<RoomLive> = {}): RoomLive => ({
  at: "2026-12-01T20:00:00Z", state: "open", version: 3, waiting: 500, lanes: [], away: 4, ready: 6, active: 100, admitted: { lastMinute: 118, target: 120 },
  noShows: { lastMinute: 1, total: 9 }, waited: { p50: 60, p90: 90, of: 100 }, origin: { answers: 400, errors: 0, latencyMs: 80 }, ...more,
});
const entry = (kind: string, detail: unknown, id = 1): Entry => ({ entry: id, at: "2026-12-01T20:00:00Z", actor: null, kind, detail, hash: "" });

describe("events of a stream", () => {
  test("are told when they are whole, however they are cut", () => {
    const text = "retry: 10\n\nevent: live\ndata: {\"a\": 1}\n\nevent: away\ndata: {}\n\nevent: live\nda";
    for (let at = 0; at <= text.length; at += 1) {
      const events = new Events();
      const told = [...events.take(text.slice(0, at)), ...events.take(text.slice(at))];
      expect(told).toEqual([{ event: "live", data: '{"a": 1}' }, { event: "away", data: "{}" }]);
    }
  });
});

describe("is all well?", () => {
  const look = (more: Partial<Seen>) => verdict({ room, live: live(), event: undefined, silent: 0, away: false, ...more });
  test("yes, where nothing is wrong", () => {
    expect(look({})).toEqual({ tone: "good", title: "All is well", reasons: [] });
    expect(look({ room: { ...room, state: "scheduled" } }).tone).toBe("calm");
  });
  test("no numbers are worse than bad ones", () => {
    expect(look({ silent: 9 })).toMatchObject({ tone: "bad", title: "Act now" });
    expect(look({ away: true }).tone).toBe("bad");
    expect(look({ silent: 9, away: true, room: { ...room, state: "closed" } })).toEqual({ tone: "calm", title: "Closed", reasons: [] });
    expect(look({ live: live({ waiting: null, away: null }) }).reasons[0]).toMatch(/Redis is away/);
  });
  test("a shop that errs or is slow is told of by how much", () => {
    expect(look({ live: live({ origin: { answers: 400, errors: 6, latencyMs: 80 } }) }).tone).toBe("warn");
    expect(look({ live: live({ origin: { answers: 400, errors: 40, latencyMs: 80 } }) }).reasons).toEqual(["The shop answers 10% with errors."]);
    expect(look({ live: live({ origin: { answers: 3, errors: 1, latencyMs: 80 } }) }).tone).toBe("good");
    expect(look({ live: live({ origin: { answers: 400, errors: 0, latencyMs: 1500 } }) }).tone).toBe("warn");
    expect(look({ live: live({ origin: { answers: 400, errors: 0, latencyMs: 4000 } }) }).tone).toBe("bad");
  });
  test("a full house is the reason for calls that are missing; an empty line is none", () => {
    const slow = { ready: 10, active: 190, admitted: { lastMinute: 20, target: 120 } };
    expect(look({ live: live(slow) }).reasons[0]).toMatch(/house is full \(200 of 200\)/);
    expect(look({ live: live({ ...slow, waiting: 0 }) }).tone).toBe("good");
  });
  test("a state that stops the line says why", () => {
    const paused = look({ room: { ...room, state: "paused", pauseReason: "Doors jam." } });
    expect(paused).toEqual({ tone: "warn", title: "Paused", reasons: ["The line is paused: nobody is called. “Doors jam.”"] });
    expect(look({ room: { ...room, state: "bypass" } })).toMatchObject({ tone: "bad", title: "Everybody is let through" });
  });
  test("the worst comes first", () => {
    const both = look({ room: { ...room, state: "paused" }, live: live({ origin: { answers: 400, errors: 40, latencyMs: 80 } }) });
    expect(both).toMatchObject({ tone: "bad", title: "Act now" });
    expect(both.reasons[0]).toMatch(/errors/);
  });
});

describe("what happened, and the way back", () => {
  const tuned = entry("tuned", { from: { admitPerMinute: 60, maxActive: 200, message: null }, to: { admitPerMinute: 120, maxActive: 200, message: "Soon." } });
  test("only what is different is told", () => {
    expect(different({ a: 1, b: [1] }, { a: 2, b: [1] })).toEqual(["a"]);
    expect(words(tuned)).toBe("let in a minute 60 → 120, message none → Soon.");
    expect(words(entry("paused", { from: "open", to: "paused", reason: "Jam." }))).toBe("open → paused, “Jam.”");
    expect(words(entry("tuned", { from: { claimWindow: "PT2M" }, to: { claimWindow: "PT1M30S" } }))).toBe("time to go in 2 min → 1 min 30 s");
  });
  test("settings go back to what they were, those only that were changed", () => {
    expect(undoOf([tuned], room)).toMatchObject({ method: "PUT", path: "", body: { admitPerMinute: 60, message: "" } });
  });
  test("calls and codes since then are no change of their own", () => {
    expect(undoOf([tuned, entry("codesImported", {}), entry("called", {})], room)?.body).toEqual({ admitPerMinute: 60, message: "" });
    expect(undoOf([tuned, entry("lanesSet", {})], room)).toBeUndefined();
  });
  test("a look goes back to the one of before, and the first one to none", () => {
    const [first, second] = [["", "a1"], ["a1", "b2"]].map(([from, to]) => entry("branded", { from: { look: from || null, name: null }, to: { look: to, name: "Hall" } }));
    expect(undoOf([first, second], room)).toMatchObject({ method: "PUT", path: "/brand", body: { look: "a1" } });
    expect(undoOf([first], room)?.body).toEqual({ brand: {} });
    expect(words(first)).toContain("name none → Hall");
  });
  test("steps go back where they can", () => {
    const pause = entry("paused", { from: "open", to: "paused", reason: "Jam." });
    const resume = entry("resumed", { from: "paused", to: "open", reason: null });
    expect(undoOf([pause], { state: "paused" })).toMatchObject({ method: "POST", path: "/resume" });
    expect(undoOf([pause, resume], { state: "open" })).toMatchObject({ path: "/pause", body: { reason: "Jam." } });
    expect(undoOf([entry("drained", { from: "open", to: "drained" })], { state: "drained" })).toMatchObject({ path: "/reopen" });
    expect(undoOf([entry("closed", { from: "open", to: "closed" })], { state: "closed" })).toBeUndefined();
    expect(undoOf([pause], { state: "reject" })).toBeUndefined();
  });
});

describe("what if", () => {
  const habits = { noShow: 0.1, buys: 0.5, perOrder: 2, shops: 3 };
  test("plays those who wait, for the tickets that those inside leave", () => {
    const asked = scenario({ waiting: 300, inside: 20, left: 100 }, habits, 60, 40);
    expect(asked).toEqual({
      seed: 1, admitPerMinute: 60, maxActive: 40, tickets: 40, arrivals: { kind: "burst", fans: 300, over: "PT1S" },
      habits: { away: 0, noShow: 0.1, comesBack: 0, buys: 0.5, shopsFor: "PT180S" },
    });
    expect(scenario({ waiting: 1, inside: 0, left: undefined }, habits, 1, 1)).not.toHaveProperty("tickets");
    expect(scenario({ waiting: 2_000_000, inside: 90, left: 10 }, habits, 1, 1)).toMatchObject({ tickets: 0, arrivals: { fans: 500_000 } });
  });
  test("guesses until enough were called, and then goes by them", () => {
    expect(learned(10, 5, 4)).toMatchObject({ noShow: 0.1, buys: 0.6 });
    expect(learned(100, 20, 80)).toMatchObject({ noShow: 0.2, buys: 0.5 });
    expect(learned(100, 0, 900)).toMatchObject({ noShow: 0, buys: 0.95 });
  });
  test("says what comes of it", () => {
    const told = { soldOutAfter: 90, stillWaiting: 7, waits: { p10: 1, p50: 30, p90: 60, most: 80 }, lasted: 91, timeline: [{ active: 3 }, { active: 9 }, { active: 4 }] };
    expect(outcome(told as unknown as Simulation)).toEqual({ soldOut: 90, last: 80, p50: 30, p90: 60, most: 9, without: 7 });
  });
  test("a slider goes beyond what holds, to a round number", () => {
    expect([0, 20, 60, 333, 1000].map(reach)).toEqual([60, 60, 200, 1000, 3000]);
  });
});

describe("plots", () => {
  const minute = (at: string, waiting: number): Minute => ({
    minute: at, state: "open", waiting, away: 0, called: 0, active: 0, admitted: 60, noShows: 0, target: 60, waitP50: null, waitP90: null,
  });
  const second = (at: string, waiting: number): Point => ofSecond(live({ at, waiting }));
  const now = Date.parse("2026-12-01T20:05:00Z") / 1000;
  const minutes = ["20:00", "20:01", "20:02", "20:03"].map((at, index) => minute(`2026-12-01T${at}:00Z`, index));
  const recent = [second("2026-12-01T20:03:30Z", 50), second("2026-12-01T20:03:31Z", 51), second("2026-12-01T20:05:00Z", 52)];
  test("show minutes before, and seconds from when one began to look", () => {
    expect(column(points(minutes, recent, 900, now), "waiting")).toEqual([0, 1, 2, 50, 51, 52]);
    expect(column(points(minutes, recent, 3600, now), "waiting")).toEqual([0, 1, 2, 3, 52]);
    expect(column(points(minutes, recent, 60, now), "waiting")).toEqual([52]);
  });
  test("a gap is one in the line, and moments go up", () => {
    const all = points([minutes[0], minute("2026-12-01T20:30:00Z", 9)], [], 7200, now + 3600);
    expect(column(all, "waiting")).toEqual([0, null, 9]);
    expect(all.map((point) => point.at)).toEqual([...all.map((point) => point.at)].sort((a, b) => a - b));
  });
});

describe("figures of a sale", () => {
  const row = (day: string, tierId: string, sold: number, gross: number, returned = 0, refunded = 0) =>
    ({ day, tierId, tier: tierId, sold, face: gross, discounts: 0, fees: 0, tax: 0, gross, returned, refunded });
  const sales = { currency: "EUR", rows: [row("2026-12-01", "a", 3, 300), row("2026-12-03", "a", 2, 200, 1, 100), row("2026-12-03", "b", 1, 50)], total: row("", "", 6, 550, 1, 100) } as unknown as SalesReport;
  const event = { ticketTotal: 20, ticketAvailable: 10, currency: "EUR", tiers: [{ tierId: "a", name: "A", price: null, available: 6 }, { tierId: "b", name: "B", price: null, available: 4 }] } as unknown as Event;
  test("each tier, with what came back taken off", () => {
    expect(tiers(event, sales).map(({ sold, gross, available }) => [sold, gross, available])).toEqual([[4, 400, 6], [1, 50, 4]]);
    expect(held(event, sales)).toBe(5);
    expect(held(event, undefined)).toBeUndefined();
  });
  test("each day in order, those without a sale too", () => {
    expect(days(sales).map(({ day, sold, total, gross }) => [day, sold, total, gross])).toEqual([["2026-12-01", 3, 3, 300], ["2026-12-02", 0, 3, 0], ["2026-12-03", 3, 5, 150]]);
  });
  test("the pace is measured, not guessed", () => {
    expect(pace([{ at: 0, left: 100 }, { at: 60, left: 70 }])).toBe(30);
    expect(pace([{ at: 0, left: 100 }, { at: 5, left: 90 }])).toBeUndefined();
    expect(pace([{ at: 0, left: 10 }, { at: 60, left: 12 }])).toBe(0);
  });
});

describe("for whom one works", () => {
  const account = { accountId: "me", email: "a@example.com", name: null, role: "organizer" } as const;
  const team = { organizerId: "other", role: "viewer", permissions: ["look", "figures"], eventIds: ["e"] } as const;
  test("oneself first, and others as what one is there", () => {
    expect(choices(account, { teams: [{ ...team, permissions: [...team.permissions], eventIds: ["e"] }] }).map((one) => [one.organizerId, one.role])).toEqual([["me", "organizer"], ["other", "viewer"]]);
    expect(choices({ ...account, role: "fan" }, { teams: [] })).toEqual([]);
  });
  test("what one may not is not shown", () => {
    const [own, other] = choices(account, { teams: [{ ...team, permissions: [...team.permissions], eventIds: ["e"] }] });
    const as = (chosen: typeof own) => ({ account, choices: [own, other], chosen });
    expect([may(as(own), "team"), may(as(other), "room"), may(as(other), "look"), mayAll(as(other), "look"), mayAll(as(own), "team")]).toEqual([true, false, true, false, true]);
  });
});

test("spans are read and written", () => {
  expect(["PT2M", "PT1M30S", "PT8H", "PT0S"].map(seconds)).toEqual([120, 90, 28_800, 0]);
  expect([0, 59, 60, 200, 3600, 7500, null].map(span)).toEqual(["0 s", "59 s", "1 min", "3 min 20 s", "1 h", "2 h 5 min", "–"]);
});
