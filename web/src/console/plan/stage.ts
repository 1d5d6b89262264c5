// The plan on a canvas. From afar a picture of all of it is copied, of which only seats that changed are painted anew; from near the
// seats in sight are copied from sprites. Whatever can be done by dragging can be done by keys and fields as well.
import { Camera } from "../../map/camera";
import { type Look, look, tierColour } from "../../map/look";
import { ACCESSIBLE, COMPANION, Grid, type Plan } from "../../map/plan";
import { Sprites } from "../../map/sprite";
import { FREE, TAKEN } from "../../map/stock";
import { Hand, type How } from "./hand";
import { type Bounds, type Model, type Seat, bounds, pitch } from "./model";

export type Mode = "select" | "move" | "pan" | "look";

/** What the stage tells. */
export interface Acts {
  pick(ids: number[], how: How): void;
  moved(byX: number, byY: number): void;
  point(x: number, y: number): void;
}

/** From so many pixels between neighbours on seats are drawn one by one. */
const NEAR = 5;
const NUMBERS = 17;
const LARGEST = 4096;
export class Stage {
  mode: Mode = "select";
  /** How often it was drawn: what tests measure. */
  frames = 0;
  /** And how many milliseconds that took. */
  spent = 0;
  readonly camera: Camera;
  private model: Model = { tiers: [], seats: [], points: [] };
  private chosen: ReadonlySet<number> = new Set();
  private taken: (index: number) => boolean = () => false;
  private grid: Grid;
  /** What camera and grid know of the plan; its places change while it lives. */
  private readonly shape = { bounds: { left: 0, top: 0, right: 1000, bottom: 600 }, pitch: 25, size: 0, x: new Float32Array(0), y: new Float32Array(0) };
  private picture: { canvas: HTMLCanvasElement; on: CanvasRenderingContext2D; scale: number } | undefined;
  private sprites: Sprites | undefined;
  private marks: { size: number; chosen: HTMLCanvasElement; kept: HTMLCanvasElement } | undefined;
  private labels: { name: string; x: number; y: number; count: number }[] = [];
  private wanted = 0;
  private readonly hand: Hand;
  private readonly on: CanvasRenderingContext2D;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly forced = matchMedia("(forced-colors: active)");
  private readonly size: ResizeObserver;

  constructor(readonly host: HTMLElement, private readonly canvas: HTMLCanvasElement, private readonly acts: Acts) {
    this.camera = new Camera(this.shape as unknown as Plan);
    this.grid = new Grid(this.shape as unknown as Plan);
    this.on = canvas.getContext("2d", { alpha: false })!;
    this.size = new ResizeObserver(() => this.resize());
    this.size.observe(host);
    for (const media of [this.dark, this.forced]) media.addEventListener("change", this.restyle);
    this.resize();
    this.camera.fit();
    this.hand = new Hand(this);
  }

  end(): void {
    this.size.disconnect();
    cancelAnimationFrame(this.wanted);
    for (const media of [this.dark, this.forced]) media.removeEventListener("change", this.restyle);
  }

  /** Shows this plan with these seats chosen; `taken` says of a seat, by its place in the list, whether it cannot be had. */
  show(model: Model, chosen: ReadonlySet<number>, taken: (index: number) => boolean): void {
    const [seats, tiers, places] = [model.seats !== this.model.seats, model.tiers !== this.model.tiers, model.points !== this.model.points];
    const before = this.chosen;
    const first = this.model.seats.length === 0 && model.seats.length > 0;
    const others = this.taken !== taken;
    [this.model, this.chosen, this.taken] = [model, chosen, taken];
    if (seats || places) this.measure();
    if (tiers) this.sprites = undefined;
    if (seats || tiers || others) this.picture = undefined;
    else if (before !== chosen && this.picture) this.repaint(before, chosen);
    if (first) this.camera.fit();
    this.draw();
  }

  private measure(): void {
    const { seats, points } = this.model;
    const { shape } = this;
    [shape.size, shape.x, shape.y] = [seats.length, new Float32Array(seats.length), new Float32Array(seats.length)];
    const sums = new Map<string, { x: number; y: number; count: number }>();
    seats.forEach((one, i) => {
      [shape.x[i], shape.y[i]] = [one.x, one.y];
      const sum = sums.get(one.section);
      if (sum) [sum.x, sum.y, sum.count] = [sum.x + one.x, sum.y + one.y, sum.count + 1];
      else sums.set(one.section, { x: one.x, y: one.y, count: 1 });
    });
    this.labels = [...sums].map(([name, { x, y, count }]) => ({ name, x: x / count, y: y / count, count }));
    shape.pitch = pitch(seats);
    const all = bounds([...seats, ...points]);
    if (all) {
      const around = shape.pitch * 4 + Math.max(all.right - all.left, all.bottom - all.top) * 0.06;
      shape.bounds = { left: all.left - around, right: all.right + around, top: all.top - around, bottom: all.bottom + around };
    }
    const whole = this.camera.isWhole();
    this.grid = new Grid(shape as unknown as Plan);
    this.camera.resize(this.camera.width, this.camera.height);
    if (whole) this.camera.fit();
  }

  private get ratio(): number {
    return Math.min(2, window.devicePixelRatio || 1);
  }

  private look(): Look {
    const plain = look(this.forced.matches, this.dark.matches, this.model.tiers.map((tier) => tier.colour));
    // One more, for seats that have no tier.
    return { ...plain, tiers: [...this.model.tiers.map((_, i) => tierColour(plain, i)), plain.quiet] };
  }

  private readonly restyle = (): void => {
    [this.sprites, this.marks, this.picture] = [undefined, undefined, undefined];
    this.draw();
  };

  private resize(): void {
    const [width, height] = [this.host.clientWidth || 1, this.host.clientHeight || 1];
    this.canvas.width = Math.max(1, Math.round(width * this.ratio));
    this.canvas.height = Math.max(1, Math.round(height * this.ratio));
    this.camera.resize(width, height);
    this.picture = undefined;
    this.draw();
  }

  draw(): void {
    if (this.wanted) return;
    this.wanted = requestAnimationFrame((now) => {
      this.wanted = 0;
      if (this.paint(now)) this.draw();
    });
  }

  fit(): void {
    this.camera.fit();
    this.draw();
  }

  zoom(factor: number): void {
    this.camera.zoom(factor);
    this.draw();
  }

  /** Goes to where these seats are. */
  goTo(ids: ReadonlySet<number>): void {
    const at = bounds(this.model.seats.filter((one) => ids.has(one.id)));
    if (!at) return;
    const room = this.shape.pitch * 8;
    const fits = Math.min(this.camera.width / (at.right - at.left + room), this.camera.height / (at.bottom - at.top + room));
    this.camera.look((at.left + at.right) / 2, (at.top + at.bottom) / 2, Math.min(26 / this.shape.pitch, fits));
    this.draw();
  }

  /** The middle of what is on the screen. */
  middle(): { x: number; y: number } {
    const [x, y] = this.camera.toHall(this.camera.width / 2, this.camera.height / 2);
    return { x, y };
  }

  private tierOf(one: Seat): number {
    return this.model.tiers[one.tier] ? one.tier : this.model.tiers.length;
  }

  private paint(now: number): boolean {
    const began = performance.now();
    const flies = this.camera.step(now);
    const { on, ratio, camera } = this;
    const colours = this.look();
    on.setTransform(1, 0, 0, 1, 0, 0);
    on.fillStyle = colours.ground;
    on.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (camera.seat < NEAR) {
      this.paintPicture(colours);
      on.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.paintLabels(colours);
    } else {
      on.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.paintSeats(colours);
    }
    this.paintPoints(colours);
    this.paintDrag(colours);
    this.frames += 1;
    this.spent += performance.now() - began;
    this.host.dataset["seat"] = camera.seat.toFixed(1);
    return flies;
  }

  private paintPicture(colours: Look): void {
    const { camera, on, ratio, shape } = this;
    const { left, top, right, bottom } = shape.bounds;
    if (!this.picture) {
      const scale = Math.min((NEAR / shape.pitch) * ratio, LARGEST / Math.max(right - left, bottom - top));
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.ceil((right - left) * scale), Math.ceil((bottom - top) * scale)];
      const picture = { canvas, on: canvas.getContext("2d", { alpha: false })!, scale };
      picture.on.fillStyle = colours.ground;
      picture.on.fillRect(0, 0, canvas.width, canvas.height);
      this.picture = picture;
      for (let i = 0; i < shape.size; i += 1) this.dot(i, colours);
    }
    const [x, y] = camera.toScreen(left, top);
    const zoom = (camera.scale * ratio) / this.picture.scale;
    on.imageSmoothingEnabled = true;
    on.drawImage(this.picture.canvas, x * ratio, y * ratio, this.picture.canvas.width * zoom, this.picture.canvas.height * zoom);
  }

  private dot(i: number, colours: Look): void {
    const { on, scale } = this.picture!;
    const { bounds: at, x, y, pitch: step } = this.shape;
    const one = this.model.seats[i];
    const side = Math.max(1.5, step * scale * 0.78);
    const [left, top] = [(x[i] - at.left) * scale - side / 2, (y[i] - at.top) * scale - side / 2];
    on.fillStyle = this.chosen.has(one.id) ? colours.mine : this.taken(i) ? colours.taken : tierColour(colours, this.tierOf(one));
    on.fillRect(left, top, side, side);
    if (one.keepBack === undefined || this.chosen.has(one.id)) return;
    on.fillStyle = colours.ground;
    on.fillRect(left + side * 0.3, top + side * 0.3, side * 0.4, side * 0.4);
  }

  private repaint(before: ReadonlySet<number>, after: ReadonlySet<number>): void {
    const colours = this.look();
    this.model.seats.forEach((one, i) => { if (before.has(one.id) !== after.has(one.id)) this.dot(i, colours); });
  }

  private paintLabels(colours: Look): void {
    const { on, camera } = this;
    [on.textAlign, on.textBaseline, on.lineJoin, on.strokeStyle] = ["center", "middle", "round", colours.halo];
    for (const { name, x, y, count } of this.labels) {
      const [left, top] = camera.toScreen(x, y);
      const room = Math.sqrt(count) * camera.seat;
      if (room < 26) continue;
      const size = Math.min(17, Math.max(11, room / 5));
      on.font = `700 ${size}px system-ui, sans-serif`;
      on.lineWidth = size / 3;
      on.strokeText(name, left, top);
      on.fillStyle = colours.text;
      on.fillText(name, left, top);
    }
  }

  private paintSeats(colours: Look): void {
    const { camera, on, ratio, shape } = this;
    const size = Math.max(4, Math.round(camera.seat * 0.92 * ratio));
    if (this.sprites?.size !== size) this.sprites = new Sprites(size, colours);
    if (this.marks?.size !== size) this.marks = this.makeMarks(size, colours);
    const side = size / ratio;
    const numbers = camera.seat >= NUMBERS;
    const seen = camera.seen();
    on.imageSmoothingEnabled = false;
    const names: [Seat, number, number][] = [];
    this.grid.each({ left: seen.left - shape.pitch, right: seen.right + shape.pitch, top: seen.top - shape.pitch, bottom: seen.bottom + shape.pitch }, (i) => {
      const x = (shape.x[i] - camera.x) * camera.scale - side / 2;
      const y = (shape.y[i] - camera.y) * camera.scale - side / 2;
      if (x < -side || y < -side || x > camera.width || y > camera.height) return;
      const one = this.model.seats[i];
      const flags = (one.accessible ? ACCESSIBLE : 0) | (one.companion ? COMPANION : 0);
      const state = this.taken(i) ? TAKEN : FREE;
      on.drawImage(this.sprites!.of(state, flags, this.tierOf(one), numbers ? one.seat : ""), x, y, side, side);
      if (one.restrictedView) {
        on.fillStyle = colours.text;
        on.fillRect(x + side * 0.2, y + side * 0.92, side * 0.6, Math.max(1, side * 0.08));
      }
      if (one.keepBack !== undefined) on.drawImage(this.marks!.kept, x, y, side, side);
      if (this.chosen.has(one.id)) on.drawImage(this.marks!.chosen, x - side * 0.15, y - side * 0.15, side * 1.3, side * 1.3);
      if (numbers) names.push([one, x + side / 2, y + side / 2]);
    });
    this.rowNames(names, colours);
  }

  /** What a row is called, beside its first seat in sight. */
  private rowNames(all: readonly [Seat, number, number][], colours: Look): void {
    const { on, camera } = this;
    const first = new Map<string, [Seat, number, number]>();
    for (const one of all) {
      const key = `${one[0].section}\n${one[0].row}`;
      const known = first.get(key);
      if (!known || one[1] < known[1]) first.set(key, one);
    }
    on.font = `600 ${Math.min(13, Math.max(10, camera.seat * 0.5))}px system-ui, sans-serif`;
    [on.textAlign, on.textBaseline, on.fillStyle] = ["center", "middle", colours.quiet];
    for (const [one, x, y] of first.values()) on.fillText(one.row, Math.max(10, x - camera.seat), y);
  }

  /** A ring around what is chosen, and a bar through what is kept back. */
  private makeMarks(size: number, colours: Look): { size: number; chosen: HTMLCanvasElement; kept: HTMLCanvasElement } {
    const make = (side: number, draw: (on: CanvasRenderingContext2D) => void): HTMLCanvasElement => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = Math.ceil(side);
      draw(canvas.getContext("2d")!);
      return canvas;
    };
    const ring = size * 1.3;
    const chosen = make(ring, (on) => {
      on.lineWidth = Math.max(2, size * 0.13);
      on.strokeStyle = colours.ring;
      on.beginPath();
      on.arc(ring / 2, ring / 2, ring / 2 - on.lineWidth / 2, 0, Math.PI * 2);
      on.stroke();
    });
    const kept = make(size, (on) => {
      on.lineCap = "round";
      for (const [width, colour] of [[0.3, colours.ground], [0.13, colours.text]] as const) {
        on.lineWidth = Math.max(1, size * width);
        on.strokeStyle = colour;
        on.beginPath();
        on.moveTo(size * 0.16, size * 0.84);
        on.lineTo(size * 0.84, size * 0.16);
        on.stroke();
      }
    });
    return { size, chosen, kept };
  }

  private paintPoints(colours: Look): void {
    const { on, camera } = this;
    for (const { x, y, section } of this.model.points) {
      const [left, top] = camera.toScreen(x, y);
      [on.lineWidth, on.strokeStyle, on.fillStyle] = [2, colours.accent, colours.accent];
      for (const r of [9, 3]) {
        on.beginPath();
        on.arc(left, top, r, 0, Math.PI * 2);
        if (r === 3) on.fill();
        else on.stroke();
      }
      on.font = "600 12px system-ui, sans-serif";
      [on.textAlign, on.textBaseline] = ["center", "bottom"];
      if (section) on.fillText(section, left, top - 11);
    }
  }

  private paintDrag(colours: Look): void {
    const { on, camera, hand: { drag } } = this;
    if (!drag?.far) return;
    if (drag.what === "box") {
      [on.lineWidth, on.strokeStyle, on.fillStyle] = [1.5, colours.accent, colours.accent];
      const box = [drag.x, drag.y, drag.nowX - drag.x, drag.nowY - drag.y] as const;
      on.globalAlpha = 0.14;
      on.fillRect(...box);
      on.globalAlpha = 1;
      on.strokeRect(...box);
    } else if (drag.what === "move") {
      const side = Math.max(2, camera.seat * 0.7);
      on.fillStyle = colours.accent;
      on.globalAlpha = 0.6;
      this.model.seats.forEach((one, i) => {
        if (!this.chosen.has(one.id)) return;
        const [x, y] = camera.toScreen(this.shape.x[i], this.shape.y[i]);
        on.fillRect(x + drag.nowX - drag.x - side / 2, y + drag.nowY - drag.y - side / 2, side, side);
      });
      on.globalAlpha = 1;
    }
  }

  /** For the hand: what dragging does, and what came of it. */
  drags(): "box" | "move" | "pan" {
    if (this.mode === "pan") return "pan";
    return this.mode === "move" && this.chosen.size > 0 ? "move" : "box";
  }

  move(byX: number, byY: number): void {
    this.acts.moved(byX, byY);
  }

  box(at: Bounds, how: How): void {
    this.acts.pick(this.inside(at), how);
  }

  tap(x: number, y: number, how: How): void {
    if (this.mode === "look") {
      this.acts.point(x, y);
      return;
    }
    const seat = this.grid.nearest(x, y, Math.max(this.shape.pitch * 0.6, 8 / this.camera.scale));
    this.acts.pick(seat === undefined ? [] : [this.model.seats[seat].id], how);
  }

  private inside(box: Bounds): number[] {
    const found: number[] = [];
    const { x, y } = this.shape;
    this.grid.each(box, (i) => {
      if (x[i] >= box.left && x[i] <= box.right && y[i] >= box.top && y[i] <= box.bottom) found.push(this.model.seats[i].id);
    });
    return found;
  }

  /** What a key does to what is seen; whether it was one of ours. */
  key(key: string): boolean {
    const step = Math.max(40, this.camera.seat);
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.camera.pan(step, 0), ArrowRight: () => this.camera.pan(-step, 0),
      ArrowUp: () => this.camera.pan(0, step), ArrowDown: () => this.camera.pan(0, -step),
      "+": () => this.camera.zoom(1.5), "=": () => this.camera.zoom(1.5), "-": () => this.camera.zoom(1 / 1.5), "0": () => this.camera.fit(),
    };
    moves[key]?.();
    this.draw();
    return key in moves;
  }
}
