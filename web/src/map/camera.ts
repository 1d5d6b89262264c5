// What of the hall is on the screen: how many pixels a unit has, and which point of the hall is in the upper left corner.
import type { Bounds, Plan } from "./plan";

/** How many pixels lie between neighbours at the closest. */
const CLOSEST = 44;
const FLIGHT = 380;

export class Camera {
  scale = 1;
  x = 0;
  y = 0;
  width = 1;
  height = 1;
  fitScale = 1;
  private flight: { from: [number, number, number]; to: [number, number, number]; began: number } | undefined;

  constructor(private readonly plan: Plan) {}

  /** The size of the screen. What was in the middle stays there; who saw all sees all. */
  resize(width: number, height: number): void {
    const whole = this.isWhole();
    const middle = [this.x + this.width / 2 / this.scale, this.y + this.height / 2 / this.scale];
    [this.width, this.height] = [width, height];
    const { left, right, top, bottom } = this.plan.bounds;
    this.fitScale = Math.min(width / (right - left), height / (bottom - top), CLOSEST / this.plan.pitch);
    if (whole) this.fit();
    else this.look(middle[0], middle[1], this.scale);
  }

  isWhole(): boolean {
    return this.scale <= this.fitScale * 1.02;
  }

  /** Pixels between neighbours. */
  get seat(): number {
    return this.scale * this.plan.pitch;
  }

  fit(): void {
    const { left, right, top, bottom } = this.plan.bounds;
    this.look((left + right) / 2, (top + bottom) / 2, this.fitScale);
  }

  /** Puts a point of the hall into the middle. */
  look(x: number, y: number, scale: number): void {
    this.flight = undefined;
    this.scale = Math.min(CLOSEST / this.plan.pitch, Math.max(this.fitScale, scale));
    this.x = x - this.width / 2 / this.scale;
    this.y = y - this.height / 2 / this.scale;
    this.keepInside();
  }

  /** Zooms, and keeps what is under the point of the screen. */
  zoom(factor: number, atX = this.width / 2, atY = this.height / 2): void {
    this.flight = undefined;
    const [x, y] = this.toHall(atX, atY);
    this.scale = Math.min(CLOSEST / this.plan.pitch, Math.max(this.fitScale, this.scale * factor));
    this.x = x - atX / this.scale;
    this.y = y - atY / this.scale;
    this.keepInside();
  }

  pan(byX: number, byY: number): void {
    this.flight = undefined;
    this.x -= byX / this.scale;
    this.y -= byY / this.scale;
    this.keepInside();
  }

  /** Goes to a point; at once for who wants nothing to move. */
  fly(x: number, y: number, scale: number, now: number, still: boolean): void {
    const to = new Camera(this.plan);
    Object.assign(to, { width: this.width, height: this.height, fitScale: this.fitScale });
    to.look(x, y, scale);
    if (still) this.look(x, y, scale);
    else this.flight = { from: [this.x, this.y, this.scale], to: [to.x, to.y, to.scale], began: now };
  }

  /** Flies nearer or farther, from where it is going to be: who asks three times in a moment comes three steps. */
  closer(factor: number, now: number, still: boolean): void {
    const [left, top, scale] = this.flight?.to ?? [this.x, this.y, this.scale];
    const [x, y] = [left + this.width / 2 / scale, top + this.height / 2 / scale];
    this.fly(x, y, Math.max(this.fitScale, scale * factor), now, still);
  }

  /** A step of a flight; whether it goes on. */
  step(now: number): boolean {
    if (!this.flight) return false;
    const { from, to, began } = this.flight;
    const t = Math.min(1, (now - began) / FLIGHT);
    const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
    // The middle goes straight, the scale by the same factor in the same time.
    const scale = from[2] * (to[2] / from[2]) ** eased;
    const middle = (at: readonly number[], i: 0 | 1, side: number) => at[i] + side / 2 / at[2];
    const between = (a: number, b: number) => a + (b - a) * eased;
    this.scale = scale;
    this.x = between(middle(from, 0, this.width), middle(to, 0, this.width)) - this.width / 2 / scale;
    this.y = between(middle(from, 1, this.height), middle(to, 1, this.height)) - this.height / 2 / scale;
    if (t >= 1) {
      this.flight = undefined;
      [this.x, this.y, this.scale] = to;
    }
    return this.flight !== undefined;
  }

  get flies(): boolean {
    return this.flight !== undefined;
  }

  toHall(x: number, y: number): [number, number] {
    return [this.x + x / this.scale, this.y + y / this.scale];
  }

  toScreen(x: number, y: number): [number, number] {
    return [(x - this.x) * this.scale, (y - this.y) * this.scale];
  }

  seen(): Bounds {
    const [right, bottom] = this.toHall(this.width, this.height);
    return { left: this.x, top: this.y, right, bottom };
  }

  private keepInside(): void {
    const { left, right, top, bottom } = this.plan.bounds;
    const [wide, high] = [this.width / this.scale, this.height / this.scale];
    const within = (at: number, from: number, to: number, view: number) => (to - from <= view
      ? (from + to - view) / 2
      : Math.min(to - view, Math.max(from, at)));
    this.x = within(this.x, left, right, wide);
    this.y = within(this.y, top, bottom, high);
  }
}
