// Draws the hall. From afar a picture of all of it is copied, which changes only where a seat changes; from near the seats in
// sight are copied from sprites. So a frame costs what is on the screen, not what is in the hall.
import type { Camera } from "./camera";
import { type Look, tierColour } from "./look";
import { type Grid, type Plan, type Section, placeOf } from "./plan";
import { Sprites, drawSeat } from "./sprite";
import { say } from "../shared/words";
import { FREE, MINE, ASKED, type Stock, TAKEN } from "./stock";

/** From so many pixels between neighbours on, seats are drawn one by one. */
export const NEAR = 5;
/** And from so many on with their numbers. */
const NUMBERS = 17;
/** No picture of the hall is larger, either way. */
const LARGEST = 4096;

interface Picture {
  canvas: HTMLCanvasElement;
  on: CanvasRenderingContext2D;
  /** Pixels of the picture in a unit. */
  scale: number;
}

export class Drawing {
  /** Which seats will do; the others are shown faintly. */
  fits: (seat: number) => boolean = () => true;
  /** Where a keyboard or a list points at. */
  pointed: number | undefined;
  /** Whether the middle is marked, for who chooses with arrow keys. */
  crosshair = false;
  /** How often it was drawn, and how long that took. */
  frames = 0;
  spent = 0;
  private colours: Look;
  private pictures: Picture[] = [];
  private sprites: Sprites | undefined;
  private readonly on: CanvasRenderingContext2D;
  private readonly fading = new Map<number, number>();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly plan: Plan,
    private readonly stock: Stock,
    private readonly grid: Grid,
    private readonly camera: Camera,
    colours: Look,
  ) {
    this.on = canvas.getContext("2d", { alpha: false })!;
    this.colours = colours;
  }

  get ratio(): number {
    return Math.min(2, window.devicePixelRatio || 1);
  }

  restyle(colours: Look): void {
    this.colours = colours;
    this.sprites = undefined;
    this.pictures = [];
  }

  resize(width: number, height: number): void {
    this.canvas.width = Math.max(1, Math.round(width * this.ratio));
    this.canvas.height = Math.max(1, Math.round(height * this.ratio));
    this.camera.resize(width, height);
    this.pictures = [];
  }

  /** One sign, alone, for a legend. */
  sign(canvas: HTMLCanvasElement, state: number, flags: number, tier: number): void {
    const on = canvas.getContext("2d")!;
    on.clearRect(0, 0, canvas.width, canvas.height);
    drawSeat(on, canvas.width, state, flags, tier, "", this.colours);
  }

  /** Everything may look different: another filter. */
  refresh(): void {
    for (const picture of this.pictures) this.paint(picture);
  }

  /** These seats are in another state. Those that somebody else took fade, where things may move. */
  changed(seats: readonly number[], now: number, still: boolean): void {
    for (const picture of this.pictures) for (const seat of seats) this.dot(picture, seat);
    if (still || this.camera.seat < NEAR) return;
    for (const seat of seats) if (this.stock.state[seat] === TAKEN) this.fading.set(seat, now);
  }

  /** One frame; whether another one must follow. */
  draw(now: number): boolean {
    const began = performance.now();
    const flies = this.camera.step(now);
    const { on, ratio, camera } = this;
    on.setTransform(1, 0, 0, 1, 0, 0);
    on.fillStyle = this.colours.ground;
    on.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (camera.seat < NEAR) {
      this.drawPicture();
      on.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.labels();
    } else {
      on.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.seats(now, flies);
      this.rowNames();
    }
    this.marks();
    for (const [seat, since] of this.fading) if (now - since > 400) this.fading.delete(seat);
    this.frames += 1;
    this.spent += performance.now() - began;
    return flies || this.fading.size > 0;
  }

  private drawPicture(): void {
    const { camera, ratio, on } = this;
    if (this.pictures.length === 0) this.makePictures();
    const wanted = camera.scale * ratio;
    const picture = this.pictures.find((one) => one.scale >= wanted * 0.99) ?? this.pictures[this.pictures.length - 1];
    const { left, top } = this.plan.bounds;
    const [x, y] = camera.toScreen(left, top);
    const zoom = wanted / picture.scale;
    on.imageSmoothingEnabled = true;
    on.drawImage(picture.canvas, x * ratio, y * ratio, picture.canvas.width * zoom, picture.canvas.height * zoom);
  }

  /** One for the whole hall on the screen, and larger ones up to where seats are drawn one by one. */
  private makePictures(): void {
    const { left, right, top, bottom } = this.plan.bounds;
    const longest = Math.max(right - left, bottom - top);
    const last = Math.min((NEAR / this.plan.pitch) * this.ratio, LARGEST / longest);
    for (let scale = this.camera.fitScale * this.ratio; ; scale = Math.min(last, scale * 1.9)) {
      const canvas = document.createElement("canvas");
      canvas.width = Math.ceil((right - left) * Math.min(scale, last));
      canvas.height = Math.ceil((bottom - top) * Math.min(scale, last));
      const picture = { canvas, on: canvas.getContext("2d", { alpha: false })!, scale: Math.min(scale, last) };
      this.paint(picture);
      this.pictures.push(picture);
      if (scale >= last) break;
    }
  }

  private paint(picture: Picture): void {
    const { on, canvas } = picture;
    on.fillStyle = this.colours.ground;
    on.fillRect(0, 0, canvas.width, canvas.height);
    for (const section of this.plan.sections) this.shape(picture, section);
    for (let seat = 0; seat < this.plan.size; seat += 1) this.dot(picture, seat);
  }

  /** A section, tinted by its cheapest price. */
  private shape({ on, scale }: Picture, section: Section): void {
    const { left, top } = this.plan.bounds;
    const { outline } = section;
    on.beginPath();
    for (let i = 0; i < outline.length; i += 2) on.lineTo((outline[i] - left) * scale, (outline[i + 1] - top) * scale);
    on.closePath();
    on.lineJoin = "round";
    on.lineWidth = this.plan.pitch * scale * 1.7;
    on.globalAlpha = this.colours.forced ? 0 : 0.16;
    on.fillStyle = on.strokeStyle = tierColour(this.colours, this.cheapest(section));
    on.fill();
    on.globalAlpha = 1;
  }

  private cheapest(section: Section): number {
    let found = this.plan.tier[section.first];
    for (let i = 0; i < section.rowCount; i += 1) {
      const tier = this.plan.tier[this.plan.rows[section.firstRow + i].first];
      if (this.plan.tiers[tier].minor < this.plan.tiers[found].minor) found = tier;
    }
    return found;
  }

  /** A seat from afar. What is drawn last covers what was there before: all states are as large. */
  private dot({ on, scale }: Picture, seat: number): void {
    // From very far the gaps between seats would only make them pale.
    const step = this.plan.pitch * scale;
    const side = Math.max(1, step * (step < 3 ? 1 : 0.78));
    const x = (this.plan.x[seat] - this.plan.bounds.left) * scale - side / 2;
    const y = (this.plan.y[seat] - this.plan.bounds.top) * scale - side / 2;
    const state = this.stock.state[seat];
    if (state === MINE || state === ASKED) {
      on.fillStyle = this.colours.mine;
    } else if (state === FREE && this.fits(seat)) {
      on.fillStyle = tierColour(this.colours, this.plan.tier[seat]);
    } else {
      on.fillStyle = this.colours.ground;
      on.fillRect(x, y, side, side);
      on.globalAlpha = state === FREE ? 0.3 : 0.55;
      on.fillStyle = state === FREE ? tierColour(this.colours, this.plan.tier[seat]) : this.colours.taken;
      const small = side * 0.55;
      on.fillRect(x + (side - small) / 2, y + (side - small) / 2, small, small);
      on.globalAlpha = 1;
      return;
    }
    on.fillRect(x, y, side, side);
  }

  /** What the sections are called and how many seats they have left, where there is room for it. */
  private labels(): void {
    const { on, camera, plan } = this;
    on.textAlign = "center";
    on.textBaseline = "middle";
    on.lineJoin = "round";
    on.strokeStyle = this.colours.halo;
    plan.sections.forEach((section, index) => {
      const [x, y] = camera.toScreen(section.middle[0], section.middle[1]);
      if (x < -40 || y < -20 || x > camera.width + 40 || y > camera.height + 20) return;
      const room = Math.sqrt(section.count) * camera.seat;
      if (room < 26) return;
      const size = Math.min(17, Math.max(11, room / 5));
      const left = this.stock.ofSection[index];
      const write = (text: string, at: number, weight: number, px: number, colour: string) => {
        on.font = `${weight} ${px}px system-ui, sans-serif`;
        on.lineWidth = px / 3;
        on.strokeText(text, x, at);
        on.fillStyle = colour;
        on.fillText(text, x, at);
      };
      const roomy = room > 64;
      write(section.name, roomy ? y - size * 0.6 : y, 700, size, left > 0 ? this.colours.text : this.colours.quiet);
      if (roomy) write(left > 0 ? `${left} left` : "taken", y + size * 0.55, 500, size * 0.8, this.colours.quiet);
    });
  }

  private seats(now: number, flies: boolean): void {
    const { camera, plan, stock, on, ratio } = this;
    const size = Math.max(4, Math.round(camera.seat * 0.92 * ratio));
    if (this.sprites?.size !== size) this.sprites = new Sprites(size, this.colours);
    const side = size / ratio;
    const numbers = camera.seat >= NUMBERS && !flies;
    const { sprites } = this;
    const at = camera.seen();
    const [halfX, halfY] = [plan.pitch, plan.pitch];
    on.imageSmoothingEnabled = false;
    this.grid.each({ left: at.left - halfX, right: at.right + halfX, top: at.top - halfY, bottom: at.bottom + halfY }, (seat) => {
      const x = (plan.x[seat] - camera.x) * camera.scale - side / 2;
      const y = (plan.y[seat] - camera.y) * camera.scale - side / 2;
      if (x < -side || y < -side || x > camera.width || y > camera.height) return;
      const state = stock.state[seat];
      const faint = state === FREE && !this.fits(seat);
      const since = this.fading.get(seat);
      if (since !== undefined && state === TAKEN) {
        on.globalAlpha = Math.max(0, 1 - (now - since) / 400);
        on.drawImage(sprites.of(FREE, plan.flags[seat], plan.tier[seat], ""), x, y, side, side);
        on.globalAlpha = 1;
      }
      if (faint) on.globalAlpha = 0.22;
      on.drawImage(sprites.of(state, plan.flags[seat], plan.tier[seat], numbers ? plan.names[seat] : ""), x, y, side, side);
      if (faint) on.globalAlpha = 1;
    });
  }

  /** The names of rows, beside their first seats. */
  private rowNames(): void {
    const { camera, plan, on } = this;
    if (camera.seat < 11) return;
    on.font = `600 ${Math.min(13, Math.max(10, camera.seat * 0.5))}px system-ui, sans-serif`;
    on.textAlign = "center";
    on.textBaseline = "middle";
    on.fillStyle = this.colours.quiet;
    for (const row of plan.rows) {
      const [a, b] = [row.first, Math.min(row.first + 1, row.first + row.count - 1)];
      const [x, y] = [2 * plan.x[a] - plan.x[b], 2 * plan.y[a] - plan.y[b]];
      const [left, top] = camera.toScreen(a === b ? plan.x[a] - plan.pitch : x, y);
      if (left > -20 && top > -20 && left < camera.width + 20 && top < camera.height + 20) on.fillText(row.name, left, top);
    }
  }

  private marks(): void {
    const { on, camera, plan, colours } = this;
    if (this.pointed !== undefined) {
      const [x, y] = camera.toScreen(plan.x[this.pointed], plan.y[this.pointed]);
      on.beginPath();
      on.arc(x, y, Math.max(9, camera.seat * 0.72), 0, Math.PI * 2);
      on.lineWidth = 3;
      on.strokeStyle = colours.halo;
      on.stroke();
      on.lineWidth = 2;
      on.setLineDash([5, 3]);
      on.strokeStyle = colours.accent;
      on.stroke();
      on.setLineDash([]);
    }
    if (this.crosshair) {
      const [x, y] = [camera.width / 2, camera.height / 2];
      on.lineWidth = 2;
      on.strokeStyle = colours.accent;
      on.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        on.moveTo(x + dx * 8, y + dy * 8);
        on.lineTo(x + dx * 18, y + dy * 18);
      }
      on.stroke();
    }
    if (camera.seat < NEAR) {
      // What is mine is found from afar, too.
      for (let seat = 0; seat < plan.size; seat += 1) {
        const state = this.stock.state[seat];
        if (state === MINE || state === ASKED) this.pin(seat);
      }
    }
  }

  private pin(seat: number): void {
    const { on, camera, plan, colours } = this;
    const [x, y] = camera.toScreen(plan.x[seat], plan.y[seat]);
    on.beginPath();
    on.arc(x, y, 7, 0, Math.PI * 2);
    on.fillStyle = colours.mine;
    on.fill();
    on.lineWidth = 2;
    on.strokeStyle = colours.onMine;
    on.stroke();
    on.beginPath();
    on.moveTo(x - 3, y);
    on.lineTo(x - 0.6, y + 2.6);
    on.lineTo(x + 3.2, y - 2.4);
    on.stroke();
  }
}

/** What the list and the pointer say of a seat. */
export function describe(plan: Plan, stock: Stock, seat: number, price: string): string {
  const flags = plan.flags[seat];
  const notes = [
    (flags & 1) !== 0 && "accessible", (flags & 2) !== 0 && "companion", (flags & 4) !== 0 && "restricted", (flags & 8) !== 0 && "aisle",
  ].filter((note): note is string => note !== false);
  const state = ["free", "taken", "yours", "asked"][stock.state[seat]];
  return [placeOf(plan, seat), price, ...[...notes, state].map((what) => say(`is.${what}`))].join(", ");
}
