// The map on the page: what fingers, wheel and keys do to it. Everything can be done without dragging: buttons and arrow keys
// move it, and a tap or Enter takes a seat.
import { Camera } from "./camera";
import { Drawing, NEAR } from "./draw";
import { type Look, look } from "./look";
import { type Grid, type Plan } from "./plan";
import { type Stock } from "./stock";

/** Farther than this, and it was no tap. */
const SLOP = 8;
/** Seats are taken from so many pixels between them on; from farther away a tap goes nearer. */
const TAKES = { finger: 15, mouse: 9 };
/** How near one goes then. */
const CLOSE = 26;

export interface Chosen {
  choose(seat: number): void;
  /** What the pointer is on, for a mouse. */
  hover(seat: number | undefined, x: number, y: number): void;
}

export class MapView {
  readonly camera: Camera;
  readonly drawing: Drawing;
  private wanted = 0;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private pressed: { x: number; y: number; moved: boolean } | undefined;
  private readonly media = {
    still: matchMedia("(prefers-reduced-motion: reduce)"),
    dark: matchMedia("(prefers-color-scheme: dark)"),
    forced: matchMedia("(forced-colors: active)"),
  };

  constructor(
    readonly host: HTMLElement,
    readonly canvas: HTMLCanvasElement,
    private readonly plan: Plan,
    stock: Stock,
    private readonly grid: Grid,
    private readonly to: Chosen,
  ) {
    this.camera = new Camera(plan);
    this.drawing = new Drawing(canvas, plan, stock, grid, this.camera, this.look());
    new ResizeObserver(() => this.resize()).observe(host);
    this.resize();
    this.camera.fit();
    for (const media of [this.media.dark, this.media.forced]) {
      media.addEventListener("change", () => { this.drawing.restyle(this.look()); this.draw(); });
    }
    this.listen();
  }

  get still(): boolean {
    return this.media.still.matches;
  }

  look(): Look {
    return look(this.media.forced.matches, this.media.dark.matches, this.plan.tiers.map((tier) => tier.colour));
  }

  /** Asks for a frame; several askers get one. */
  draw(): void {
    if (this.wanted) return;
    this.wanted = requestAnimationFrame((now) => {
      this.wanted = 0;
      if (this.host.offsetWidth > 0 && this.drawing.draw(now)) this.draw();
      if (this.drawing.frames === 1) performance.mark("hall-drawn");
      // Over the whole hall a finger scrolls the page; nearer, it moves the hall.
      this.host.style.touchAction = this.camera.isWhole() ? "pan-y" : "none";
      this.host.dataset["seat"] = this.camera.seat.toFixed(1);
    });
  }

  changed(seats: readonly number[]): void {
    this.drawing.changed(seats, performance.now(), this.still);
    this.draw();
  }

  filter(fits: (seat: number) => boolean): void {
    this.drawing.fits = fits;
    this.drawing.refresh();
    this.draw();
  }

  /** Goes to where these seats are. */
  show(seats: readonly number[], pixels = CLOSE): void {
    if (seats.length === 0) return;
    const xs = seats.map((seat) => this.plan.x[seat]);
    const ys = seats.map((seat) => this.plan.y[seat]);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const room = this.plan.pitch * 4;
    const fits = Math.min(this.camera.width / (right - left + room), this.camera.height / (bottom - top + room));
    const scale = Math.min(pixels / this.plan.pitch, fits);
    this.camera.fly((left + right) / 2, (top + bottom) / 2, scale, performance.now(), this.still);
    this.draw();
  }

  /** Marks a seat, and goes there where it is out of sight or too small. */
  point(seat: number | undefined): void {
    this.drawing.pointed = seat;
    if (seat !== undefined) {
      const [x, y] = this.camera.toScreen(this.plan.x[seat], this.plan.y[seat]);
      const { width, height } = this.camera;
      const inSight = x > 30 && y > 30 && x < width - 30 && y < height - 30;
      if (!inSight || this.camera.seat < 12) this.show([seat], Math.max(20, this.camera.seat));
    }
    this.draw();
  }

  zoom(factor: number): void {
    this.camera.closer(factor, performance.now(), this.still);
    this.draw();
  }

  whole(): void {
    const { left, right, top, bottom } = this.plan.bounds;
    this.camera.fly((left + right) / 2, (top + bottom) / 2, 0, performance.now(), this.still);
    this.draw();
  }

  /** The seat in the middle, for who moves the hall with keys. */
  middle(): number | undefined {
    const [x, y] = this.camera.toHall(this.camera.width / 2, this.camera.height / 2);
    return this.grid.nearest(x, y, this.plan.pitch * 2);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width === 0 || height === 0) return;
    this.drawing.resize(width, height);
    this.draw();
  }

  private at(event: PointerEvent | WheelEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private seatAt({ x, y }: { x: number; y: number }, finger: boolean): number | undefined {
    const reach = Math.max(this.plan.pitch * 0.55, (finger ? 14 : 5) / this.camera.scale);
    return this.grid.nearest(...this.camera.toHall(x, y), reach);
  }

  private listen(): void {
    const { host } = this;
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    host.addEventListener("pointerup", (event) => this.up(event));
    host.addEventListener("pointercancel", (event) => { this.pointers.delete(event.pointerId); this.pressed = undefined; });
    host.addEventListener("pointerleave", () => this.to.hover(undefined, 0, 0));
    host.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x, y } = this.at(event);
      this.camera.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018)), x, y);
      this.draw();
    }, { passive: false });
    host.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("focus", () => { this.drawing.crosshair = host.matches(":focus-visible"); this.draw(); });
    host.addEventListener("blur", () => { this.drawing.crosshair = false; this.draw(); });
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const at = this.at(event);
    this.pointers.set(event.pointerId, at);
    this.pressed = this.pointers.size === 1 ? { ...at, moved: false } : undefined;
    if (event.pointerType !== "touch" || !this.camera.isWhole()) this.host.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.to.hover(this.camera.seat >= NEAR ? this.seatAt(at, false) : undefined, at.x, at.y);
      return;
    }
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, at);
    else if (this.pressed) {
      const far = Math.hypot(at.x - this.pressed.x, at.y - this.pressed.y) > SLOP;
      if (far && !this.pressed.moved) {
        this.pressed.moved = true;
        this.to.hover(undefined, 0, 0);
      }
      if (this.pressed.moved) this.camera.pan(at.x - before.x, at.y - before.y);
    } else {
      this.camera.pan(at.x - before.x, at.y - before.y);
    }
    this.pointers.set(event.pointerId, at);
    this.draw();
  }

  private pinch(id: number, before: { x: number; y: number }, at: { x: number; y: number }): void {
    const [, other] = [...this.pointers].find(([one]) => one !== id)!;
    const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(at.x - other.x, at.y - other.y)];
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    this.camera.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    if (was > 0) this.camera.zoom(is / was, middle.x, middle.y);
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    const { pressed } = this;
    this.pressed = undefined;
    if (!pressed || pressed.moved) return;
    const finger = event.pointerType !== "mouse";
    if (this.camera.seat >= (finger ? TAKES.finger : TAKES.mouse)) {
      const seat = this.seatAt(pressed, finger);
      if (seat !== undefined) this.to.choose(seat);
      return;
    }
    const [x, y] = this.camera.toHall(pressed.x, pressed.y);
    this.camera.fly(x, y, CLOSE / this.plan.pitch, performance.now(), this.still);
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(40, this.camera.seat * 1);
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.camera.pan(step, 0),
      ArrowRight: () => this.camera.pan(-step, 0),
      ArrowUp: () => this.camera.pan(0, step),
      ArrowDown: () => this.camera.pan(0, -step),
      "+": () => this.camera.zoom(1.5),
      "=": () => this.camera.zoom(1.5),
      "-": () => this.camera.zoom(1 / 1.5),
      "0": () => this.camera.fit(),
      Enter: () => this.take(),
      " ": () => this.take(),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    this.drawing.crosshair = true;
    move();
    this.draw();
  }

  private take(): void {
    if (this.camera.seat < TAKES.mouse) {
      this.zoom(CLOSE / this.camera.seat);
      return;
    }
    const seat = this.middle();
    if (seat !== undefined) this.to.choose(seat);
  }
}
