// Drawing a plan: what can be worked out without a page. Chance is seeded, so that what fails once fails again.
import { describe, expect, test } from "vitest";
import { instant, isZone, wall } from "../src/console/catalog/zone";
import { type Kind, check, placed } from "../src/console/plan/check";
import * as edit from "../src/console/plan/edit";
import { type Rows, counts, generate, unfit } from "../src/console/plan/generate";
import { History } from "../src/console/plan/history";
import { pack, unpack } from "../src/console/plan/keep";
import { EMPTY, type Model, type Seat, fromWire, inLine, naturally, pitch, seat, sections, stamp, toWire, total } from "../src/console/plan/model";
import { contrast, look } from "../src/map/look";
import { unpack as unpackHall } from "../src/map/plan";
import { type SeatStyle, letterIndex, letters, renumbered, rowNames, seatNames } from "../src/console/plan/number";
import { NoPlan, colour, read, write } from "../src/console/plan/pretix";

const STYLES: readonly SeatStyle[] = ["left", "right", "centre", "oddEven"];

/** Numbers from 0 to 1 that are the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ROWS: Rows = {
  section: "Stalls", rows: 3, seats: 4, grow: 0, gap: 25, rowGap: 30, bend: 0, turn: 0, aisle: 0,
  rowStyle: "letters", rowFrom: "A", clear: false, down: false, seatStyle: "left", seatFrom: 1, tier: 0, x: 100, y: 200,
};
const TIERS = [{ name: "I", price: 4000, generalAdmission: false, colour: "#0f766e" }, { name: "II", price: 2000, generalAdmission: false }];

/** Some plan, with everything that a plan can have. */
function some(random: () => number): Model {
  const whole = (most: number): number => Math.floor(random() * most);
  let model: Model = { ...EMPTY, tiers: TIERS };
  for (let i = 0; i <= whole(3); i += 1) {
    model = edit.add(model, generate({
      ...ROWS, section: `Block ${i}`, rows: 1 + whole(6), seats: 1 + whole(12), grow: whole(3) - 1, bend: whole(2) * whole(180), turn: whole(360),
      aisle: whole(3), seatStyle: STYLES[whole(4)], rowStyle: whole(2) ? "letters" : "numbers", rowFrom: whole(2) ? "Y" : "3", clear: whole(2) === 0,
      down: whole(2) === 0, tier: whole(2), x: whole(900), y: whole(900),
    }));
  }
  const marked = new Set(model.seats.filter(() => random() < 0.1).map((one) => one.id));
  model = edit.keepBack(edit.setRestricted(edit.setFor(model, marked, random() < 0.5 ? "accessible" : "companion"), marked, true), marked, "Press & crew");
  return edit.look(model, "", { x: whole(100), y: -whole(100) });
}

/** Without the names that are only the editor's own. */
const bare = ({ tiers, seats, points }: Model) => ({ tiers, points, seats: seats.map(({ id: _, ...one }) => one).sort(order) });
const order = (a: Omit<Seat, "id">, b: Omit<Seat, "id">): number => naturally(a.section, b.section) || naturally(a.row, b.row) || naturally(a.seat, b.seat);
const all = (model: Model): Set<number> => new Set(model.seats.map((one) => one.id));
const kinds = (model: Model): Kind[] => check(model).map((fault) => fault.kind);

describe("names", () => {
  test("of rows go on after Z, with or without I and O", () => {
    expect(rowNames("letters", 4, "Y")).toEqual(["Y", "Z", "AA", "AB"]);
    expect(rowNames("letters", 4, "H", true)).toEqual(["H", "J", "K", "L"]);
    expect(rowNames("numbers", 3, "9", false, true)).toEqual(["11", "10", "9"]);
    for (const clear of [false, true]) {
      const names = Array.from({ length: 2000 }, (_, n) => letters(n, clear));
      expect(new Set(names).size).toBe(2000);
      names.forEach((name, n) => expect(letterIndex(name, clear)).toBe(n));
    }
    expect(letterIndex("7", false)).toBeUndefined();
  });
  test("of seats begin at an end or in the middle", () => {
    const of = (style: SeatStyle, count: number): string => seatNames(style, count).join(" ");
    expect(of("left", 4)).toBe("1 2 3 4");
    expect(of("right", 4)).toBe("4 3 2 1");
    expect([of("centre", 6), of("centre", 5)]).toEqual(["5 3 1 2 4 6", "5 3 1 2 4"]);
    expect([of("oddEven", 6), of("oddEven", 5)]).toEqual(["1 3 5 6 4 2", "1 3 5 4 2"]);
    expect(seatNames("left", 3, 101)).toEqual(["101", "102", "103"]);
  });
  test("are there once, whatever the style and the count, and are those of the numbers from the first on", () => {
    for (const style of STYLES) {
      for (let count = 1; count <= 120; count += 1) {
        for (const from of [1, 2, 101]) {
          const sorted = seatNames(style, count, from).map(Number).sort((a, b) => a - b);
          expect(sorted).toEqual(Array.from({ length: count }, (_, i) => from + i));
        }
      }
    }
  });
  test("are read as a person reads them", () => {
    expect(["10", "9", "AA", "B", "A", "Z", "Box 10", "Box 9"].sort(naturally)).toEqual(["9", "10", "A", "B", "Z", "AA", "Box 9", "Box 10"]);
  });
});

describe("a section", () => {
  test("of straight rows stands in the middle of its place", () => {
    const seats = generate(ROWS);
    expect(seats.map((one) => `${one.row}${one.seat}`).join(" ")).toBe("A1 A2 A3 A4 B1 B2 B3 B4 C1 C2 C3 C4");
    expect(seats.slice(0, 4).map(({ x, y }) => [x, y])).toEqual([[62.5, 200], [87.5, 200], [112.5, 200], [137.5, 200]]);
    expect(seats[8].y).toBe(260);
    const [a, , , d] = generate({ ...ROWS, aisle: 2 });
    expect(d.x - a.x).toBe(5 * 25);
    const turned = generate({ ...ROWS, turn: 90 });
    expect([turned[0].x, turned[0].y]).toEqual([100, 162.5]);
  });
  test("tapers", () => {
    expect(counts({ rows: 4, seats: 10, grow: 2 })).toEqual([10, 12, 14, 16]);
    expect(counts({ rows: 4, seats: 2, grow: -1 })).toEqual([2, 1, 0, 0]);
    expect(generate({ ...ROWS, rows: 4, seats: 2, grow: -1 })).toHaveLength(3);
  });
  test("that is bent has its seats as far from the stage as their row is, and neighbours as far apart", () => {
    const bent = { ...ROWS, rows: 8, seats: 20, grow: 1, bend: 90 };
    const radius = (19 * 25) / (Math.PI / 2);
    const rows = sections(generate(bent))[0].rows;
    rows.forEach(({ seats }, row) => {
      for (const one of seats) expect(Math.hypot(one.x - 100, one.y - (200 - radius))).toBeCloseTo(radius + 30 * row, 1);
      for (let i = 1; i < seats.length; i += 1) expect(Math.hypot(seats[i].x - seats[i - 1].x, seats[i].y - seats[i - 1].y)).toBeGreaterThan(24.8);
    });
  });
  test("never has a place or a spot twice", () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const told = kinds(some(chance(seed)));
      expect(told).not.toContain("place-twice");
      expect(told).not.toContain("no-tier");
    }
    expect(kinds({ ...EMPTY, tiers: TIERS.slice(0, 1), seats: generate({ ...ROWS, rows: 40, seats: 60, bend: 140 }) })).toEqual([]);
  });
  test("that cannot be is refused before it is made", () => {
    expect(unfit(ROWS)).toBeUndefined();
    expect(unfit({ ...ROWS, rows: 0 })).toBe("rows");
    expect(unfit({ ...ROWS, seats: Number.NaN })).toBe("seats");
    expect(unfit({ ...ROWS, gap: 0 })).toBe("gap");
    expect(unfit({ ...ROWS, section: " " })).toBe("section");
    expect(unfit({ ...ROWS, rows: 500, seats: 900 })).toBe("many");
  });
});

describe("renumbering", () => {
  test("goes by where seats stand, not by what they were called", () => {
    const row = ["x", "y", "z"].map((name, i) => seat({ section: "A", row: "1", seat: name, x: 10 - i, y: 0 }));
    expect([...renumbered(row, "left").values()]).toEqual(["1", "2", "3"]);
    expect(renumbered(row, "left").get(row[0].id)).toBe("3");
    const upright = [3, 1, 2].map((y) => seat({ section: "A", row: "1", seat: String(y), x: y / 10, y }));
    expect(renumbered(upright, "right").get(upright[1].id)).toBe("3");
  });
  test("makes no doubles, whatever is chosen", () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const random = chance(seed);
      const model = some(random);
      const style = STYLES[Math.floor(random() * 4)];
      const numbered = edit.renumber(model, all(model), style, 1 + Math.floor(random() * 50));
      expect(kinds(numbered)).not.toContain("place-twice");
      const renamed = edit.renameRows(numbered, new Set(numbered.seats.filter((one) => one.section === "Block 0").map((one) => one.id)), "numbers", "1", false, random() < 0.5);
      expect(kinds(renamed)).not.toContain("place-twice");
    }
  });
  test("calls rows from the top downwards", () => {
    const model = { ...EMPTY, seats: generate({ ...ROWS, down: true }) };
    expect(model.seats[0].row).toBe("C");
    expect(edit.renameRows(model, all(model), "letters", "A", false, false).seats[0].row).toBe("A");
  });
});

describe("neighbours", () => {
  test("are those who stand beside one another, however they are counted", () => {
    for (const seatStyle of STYLES) {
      const seats = generate({ ...ROWS, rows: 5, seats: 9, grow: 1, bend: 60, seatStyle });
      // As the server tells them: by their numbers.
      const told = [...seats].sort((a, b) => naturally(a.row, b.row) || naturally(a.seat, b.seat));
      expect(pitch(told), seatStyle).toBeCloseTo(25, 0);
      const wire = told.map((one, bit) => ({ ...one, bit }));
      const rows = ["A", "B", "C", "D", "E"].map((row) => {
        const own = wire.filter((one) => one.row === row);
        const steps = (of: (one: (typeof own)[number]) => number): number[] => own.map((one, i) => Math.round(of(one) * 100) - (i === 0 ? 0 : Math.round(of(own[i - 1]) * 100)));
        return { n: row, b: own[0].bit, t: 0, s: own.map((one) => one.seat), k: own.length, x: steps((one) => one.x), y: steps((one) => one.y) };
      });
      const hall = unpackHall({ v: 1, currency: "EUR", unit: 0.01, tickets: wire.length, tiers: [{ id: "t", name: "I", minor: 1 }], sections: [["Stalls", rows]] });
      expect(hall.pitch, seatStyle).toBeCloseTo(25, 0);
      // Each seat is still the ticket that it was.
      for (let i = 0; i < hall.size; i += 1) {
        const one = wire[hall.bit[i]];
        expect(hall.names[i]).toBe(one.seat);
        expect(Math.hypot(hall.x[i] - one.x, hall.y[i] - one.y)).toBeLessThan(0.1);
      }
    }
  });
  test("of a row that goes far around the stage follow one another around it", () => {
    const row = generate({ ...ROWS, rows: 1, seats: 30, bend: 300 });
    const line = inLine(row);
    for (let i = 1; i < line.length; i += 1) expect(Math.hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y)).toBeLessThan(26);
    expect(line[0].x).toBeLessThanOrEqual(line.at(-1)!.x);
  });
});

describe("a plan of pretix", () => {
  // A real hall, in the folder that USHER_TEST_DATA names or beside the checkout; where there is none, there is nothing to look at.
  const { process } = globalThis as unknown as { process: { env: Record<string, string | undefined>; cwd(): string; getBuiltinModule(name: "fs"): { existsSync(path: string): boolean; readFileSync(path: string, coding: "utf8"): string } } };
  const { existsSync, readFileSync } = process.getBuiltinModule("fs");
  const there = `${process.env["USHER_TEST_DATA"] ?? `${process.cwd()}/../../shared/data`}/seating-plan-hall.json`;
  const files = existsSync(there) ? [JSON.parse(readFileSync(there, "utf8")) as unknown] : [];
  test("that goes out and comes in again is the same", () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const model = some(chance(seed));
      const known = model.tiers;
      const once = read(JSON.parse(JSON.stringify(write(model, "Hall"))), known);
      const twice = read(JSON.parse(JSON.stringify(write(once, "Hall"))), known);
      expect(bare(twice)).toEqual(bare(once));
      const places = ({ seats }: Model) => bare({ ...EMPTY, seats }).seats.map(({ section, row, seat: name, tier, x, y }) => ({ section, row, name, tier, x, y }));
      expect(places(once)).toEqual(places(model));
    }
  });
  test.each(files)("that was drawn elsewhere comes in, goes out and is the same", (file) => {
    const once = read(file);
    const twice = read(write(once, "Hall"));
    expect(bare(twice)).toEqual(bare(once));
    expect([once.seats.length, once.tiers.length, once.tiers[0].colour]).toEqual([738, 5, "#f44336"]);
    expect(check(once).filter((fault) => fault.bad)).toEqual([]);
  });
  const small = (rows: string[]): unknown => ({
    name: "Hall", categories: [{ name: "I", color: "#FA0" }],
    zones: [{ name: "Stalls", position: { x: 100, y: 200 }, rows: rows.map((name, i) => ({
      row_number: name, position: { x: 10, y: 5 * i }, seats: [{ seat_number: "1", position: { x: 1, y: 0 }, category: "I" }],
    })) }],
  });
  test("adds positions up, and begins a section where a row comes again", () => {
    const { seats, tiers } = read(small(["A", "B", "A", "A"]), [{ name: "I", price: 700, generalAdmission: false, tierId: "kept" }]);
    expect(seats.map((one) => one.section)).toEqual(["Stalls 1", "Stalls 1", "Stalls 2", "Stalls 3"]);
    expect([seats[1].x, seats[1].y]).toEqual([111, 205]);
    expect(tiers).toEqual([{ name: "I", price: 700, generalAdmission: false, tierId: "kept", colour: "#ffaa00" }]);
  });
  test("that is none is told where", () => {
    const wrong: [unknown, string][] = [
      [[], "/"], [{}, "/categories"], [{ categories: [], zones: [{ name: "A" }] }, "/zones/0/position"],
      [{ categories: [], zones: [{ name: "A", position: { x: 0, y: "0" }, rows: [] }] }, "/zones/0/position"],
    ];
    for (const [file, where] of wrong) expect(() => read(file)).toThrow(new NoPlan(where));
    expect([colour("#ABC"), colour("#aabbcc"), colour("red"), colour(undefined)]).toEqual(["#aabbcc", "#aabbcc", undefined, undefined]);
    expect(read({ ...(small(["A"]) as object), categories: [] }).seats[0].tier).toBe(-1);
  });
});

describe("what is told to the server", () => {
  test("comes back the same", () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const model = some(chance(seed));
      const again = fromWire(JSON.parse(JSON.stringify(toWire(model))) as ReturnType<typeof toWire>);
      expect(bare(again)).toEqual(bare(model));
      expect(stamp(toWire(again))).toBe(stamp(toWire(model)));
    }
  });
  test("has another stamp where anything is another", () => {
    const model = some(chance(1));
    const one = new Set([model.seats[0].id]);
    const others = [edit.move(model, one, 0.001, 0), edit.keepBack(model, one, "Me"), edit.changeTier(model, 0, { price: 1 }), edit.look(model, "", undefined), edit.remove(model, one)];
    const stamps = [model, ...others].map((other) => stamp(toWire(other)));
    expect(new Set(stamps).size).toBe(stamps.length);
  });
  test("is kept in the browser meanwhile, and small", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const model = some(chance(seed));
      const text = JSON.stringify(pack(model, 3, "base", 0));
      expect(bare(unpack(JSON.parse(text) as ReturnType<typeof pack>))).toEqual(bare(model));
    }
    const hall = { ...EMPTY, tiers: TIERS, seats: generate({ ...ROWS, rows: 250, seats: 200, bend: 60 }) };
    expect(hall.seats).toHaveLength(50_000);
    expect(JSON.stringify(pack(hall, 1, "", 0)).length).toBeLessThan(2_500_000);
  });
});

describe("steps", () => {
  test("are taken back and made again, whatever they were", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = chance(seed);
      const history = new History(some(random));
      const states = [history.now];
      for (let i = 0; i < 30; i += 1) {
        const ids = new Set(history.now.seats.filter(() => random() < 0.2).map((one) => one.id));
        const next = [
          () => edit.move(history.now, ids, 5, 5), () => edit.remove(history.now, ids), () => edit.setTier(history.now, ids, 1),
          () => edit.renumber(history.now, ids, "centre", 1), () => edit.turn(history.now, ids, 15), () => edit.removeTier(history.now, 0),
          () => edit.addTier(history.now, { name: `T${i}`, price: 1, generalAdmission: false }),
        ][Math.floor(random() * 7)]();
        if (next === history.now) continue;
        history.step(next, "step");
        states.push(next);
      }
      for (const state of [...states].reverse().slice(1)) {
        expect(history.undo()).toBe(true);
        expect(history.now).toBe(state);
      }
      expect(history.undo()).toBe(false);
      for (const state of states.slice(1)) {
        expect(history.redo()).toBe(true);
        expect(history.now).toBe(state);
      }
      expect(history.redo()).toBe(false);
    }
  });
  test("of one kind become one, and a new one forgets what was taken back", () => {
    const history = new History(0);
    for (const n of [1, 2, 3]) history.step(n, "name", "tier 1");
    history.step(3, "nothing");
    expect(history.undoes).toBe("name");
    history.undo();
    expect(history.now).toBe(0);
    expect(history.redoes).toBe("name");
    history.step(9, "other");
    expect(history.redo()).toBe(false);
    history.undo();
    expect(history.now).toBe(0);
  });
});

describe("an edit", () => {
  const model = some(chance(7));
  test("that changes nothing is no step", () => {
    const ids = new Set([model.seats[0].id]);
    expect(edit.move(model, ids, 0, 0)).toBe(model);
    expect(edit.setTier(model, ids, model.seats[0].tier)).toBe(model);
    expect(edit.change(model, new Set(), () => ({ row: "Q" }))).toBe(model);
    expect(edit.remove(model, new Set([-1]))).toBe(model);
  });
  test("touches only what it is about", () => {
    const ids = new Set([model.seats[1].id]);
    const moved = edit.move(model, ids, 10, -4);
    expect(moved.seats.filter((one, i) => one !== model.seats[i]).map((one) => one.id)).toEqual([...ids]);
    expect(model.seats[1].x).toBe(edit.move(moved, ids, -10, 4).seats[1].x);
  });
  test("of a tier moves the others up, and leaves its seats without one", () => {
    const without = edit.removeTier(model, 0);
    expect(without.tiers.map((tier) => tier.name)).toEqual(["II"]);
    model.seats.forEach((one, i) => expect(without.seats[i].tier).toBe(one.tier === 0 ? -1 : 0));
    const standing = edit.changeTier(model, 0, { generalAdmission: true });
    expect(standing.tiers[0].quantity).toBe(100);
    expect(edit.changeTier(standing, 0, { generalAdmission: false }).tiers[0]).not.toHaveProperty("quantity");
  });
  test("of a section takes along where it looks to", () => {
    const looking = edit.look(model, "Block 0", { x: 1, y: 2 });
    const renamed = edit.renameSection(looking, "Block 0", "Front");
    expect(renamed.points.map((point) => point.section)).toEqual(["", "Front"]);
    const gone = edit.remove(renamed, new Set(renamed.seats.filter((one) => one.section === "Front").map((one) => one.id)));
    expect(gone.points.map((point) => point.section)).toEqual([""]);
  });
  test("spreads neighbours, and the middle of the row stays", () => {
    const row = { ...EMPTY, seats: generate({ ...ROWS, rows: 1 }) };
    expect(edit.spread(row, all(row), 40).seats.map((one) => one.x)).toEqual([40, 80, 120, 160]);
  });
  test("takes another plan in beside this one", () => {
    const other = { ...EMPTY, tiers: [{ name: "II", price: 9, generalAdmission: false }, { name: "III", price: 9, generalAdmission: false }], seats: generate({ ...ROWS, rows: 1, tier: 1 }) };
    const both = edit.merge(model, other);
    expect(both.tiers.map((tier) => tier.name)).toEqual(["I", "II", "III"]);
    expect(both.seats.at(-1)!.tier).toBe(2);
    expect(total(both)).toBe(model.seats.length + 4);
  });
});

describe("before saving", () => {
  const good: Model = { ...EMPTY, tiers: TIERS.slice(0, 1), seats: generate(ROWS) };
  const one = (said: Partial<Seat>): Model => edit.change(good, new Set([good.seats[0].id]), () => said);
  test("what the server would refuse is found, with its seats", () => {
    expect(check(good)).toEqual([]);
    const twice = check(one({ seat: "2" }));
    expect(twice).toMatchObject([{ kind: "place-twice", bad: true, seats: [good.seats[0].id, good.seats[1].id], name: "Stalls, A, 2" }]);
    const told: [Partial<Seat>, Kind][] = [
      [{ tier: -1 }, "no-tier"], [{ tier: 4 }, "no-tier"], [{ row: " " }, "name-missing"], [{ seat: "x".repeat(21) }, "name-long"], [{ section: " S" }, "name-blank"],
      [{ row: "a\u0007" }, "name-blank"], [{ accessible: true, companion: true }, "both-kinds"], [{ keepBack: "p".repeat(101) }, "label-long"], [{ x: Number.NaN }, "no-spot"],
    ];
    for (const [said, kind] of told) expect(check(one(said)).filter((fault) => fault.bad).map((fault) => fault.kind), kind).toEqual([kind]);
  });
  test("tiers are looked at, too", () => {
    const tier = (said: object): Kind[] => kinds(edit.changeTier(good, 0, said));
    expect(tier({ name: "" })).toEqual(["tier-name"]);
    expect(tier({ price: 1.5 })).toEqual(["tier-price"]);
    expect(tier({ price: -1 })).toEqual(["tier-price"]);
    expect(tier({ price: 0 })).toEqual(["tier-free"]);
    expect(tier({ generalAdmission: true, quantity: 0 })).toContain("tier-quantity");
    expect(tier({ generalAdmission: true })).toContain("no-tier");
    expect(kinds(edit.addTier(good, TIERS[0]))).toContain("tier-twice");
    expect(check(edit.addTier(good, TIERS[1]))).toEqual([{ kind: "tier-unused", bad: false, seats: [], tier: 1, name: "II" }]);
    expect(kinds({ ...good, points: [{ section: "Nowhere", x: 0, y: 0 }] })).toEqual(["point-lost"]);
    expect(kinds(EMPTY)).toEqual(["nothing"]);
    expect(kinds(edit.addTier(good, { name: "Floor", price: 1, generalAdmission: true, quantity: 100_000 }))).toEqual(["too-many"]);
    expect(check(edit.move(good, new Set([good.seats[0].id]), 25, 0))).toMatchObject([{ kind: "same-spot", bad: false }]);
  });
  test("a fault of the server is found in what was sent", () => {
    expect(placed("/seats/2/row", good)).toEqual({ seat: good.seats[2].id });
    expect(placed("/tiers/0/name", good)).toEqual({ tier: 0 });
    expect([placed("/seats", good), placed("/seats/99", good)]).toEqual([{}, {}]);
  });
});

describe("times of the venue", () => {
  test("are those of the clock on its wall", () => {
    expect(wall("2027-06-20T18:00:00Z", "Europe/Berlin")).toBe("2027-06-20T20:00");
    expect(instant("2027-06-20T20:00", "Europe/Berlin")).toBe("2027-06-20T18:00:00.000Z");
    expect(instant("2027-01-20T20:00", "America/New_York")).toBe("2027-01-21T01:00:00.000Z");
    expect([isZone("Asia/Tokyo"), isZone("Nowhere/City")]).toEqual([true, false]);
  });
  test("come back all through a year, but for the hour that the clock skips", () => {
    for (const zone of ["Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia"]) {
      for (let at = Date.UTC(2027, 0, 1); at < Date.UTC(2028, 0, 1); at += 3_600_000 * 67) {
        const field = wall(new Date(at).toISOString(), zone);
        expect(wall(instant(field, zone), zone)).toBe(field);
      }
    }
    // Summer time begins: half past two is not on the clock.
    expect(wall(instant("2027-03-28T02:30", "Europe/Berlin"), "Europe/Berlin")).toBe("2027-03-28T03:30");
    expect(instant("2027-10-31T02:30", "Europe/Berlin")).toBe("2027-10-31T00:30:00.000Z");
  });
});

describe("the colour of a tier", () => {
  test("is a shade of its own that can be told from the ground and read upon, whatever was chosen", () => {
    for (const dark of [false, true]) {
      for (const own of ["#ffffff", "#000000", "#ffee00", "#f44336", "#2196f3", "#8bc34a", "#777777"]) {
        const { tiers: [shown], ground, onTier } = look(false, dark, [own]);
        expect(contrast(shown, ground), `${own} ${dark}`).toBeGreaterThanOrEqual(3);
        expect(contrast(shown, onTier), `${own} ${dark}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    expect(look(false, false, ["#4f46e5"]).tiers).toEqual(["#4f46e5"]);
    expect(look(false, false, [undefined, "#0f766e"]).tiers).toEqual([look(false, false).tiers[0], "#0f766e"]);
    expect(look(true, false, ["#ffee00"]).tiers).toEqual(["LinkText"]);
  });
});
