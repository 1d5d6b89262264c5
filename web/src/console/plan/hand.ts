// What fingers, wheel and mouse do to the stage: a rectangle, seats that are moved, another view.
import type { Camera } from "../../map/camera";
import type { Bounds } from "./model";

export type How = "replace" | "add" | "toggle";

/** What the hand does it to. */
export interface Held {
  readonly host: HTMLElement;
  readonly camera: Camera;
  draw(): void;
  /** What dragging does now. */
  drags(): "box" | "move" | "pan";
  tap(x: number, y: number, how: How): void;
  box(at: Bounds, how: How): void;
  move(byX: number, byY: number): void;
}

export interface Drag {
  what: "box" | "move" | "pan";
  x: number;
  y: number;
  nowX: number;
  nowY: number;
  far: boolean;
  how: How;
}

/** Farther than this, and it was no tap. */
const SLOP = 5;

interface At {
  x: number;
  y: number;
}

export class Hand {
  drag: Drag | undefined;
  private readonly pointers = new Map<number, At>();

  constructor(private readonly stage: Held) {
    const { host } = stage;
    const at = (event: MouseEvent): At => {
      const box = host.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    host.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      stage.camera.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
      stage.draw();
    }, { passive: false });
    host.addEventListener("contextmenu", (event) => event.preventDefault());
    host.addEventListener("pointerdown", (event) => this.down(event, at(event)));
    host.addEventListener("pointermove", (event) => this.over(event, at(event)));
    host.addEventListener("pointerup", (event) => this.up(event, at(event)));
    host.addEventListener("pointercancel", (event) => { this.pointers.delete(event.pointerId); this.drag = undefined; stage.draw(); });
  }

  private down(event: PointerEvent, { x, y }: { x: number; y: number }): void {
    this.stage.host.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x, y });
    if (this.pointers.size > 1) {
      this.drag = undefined;
      return;
    }
    const how: How = event.ctrlKey || event.metaKey ? "toggle" : event.shiftKey ? "add" : "replace";
    const what = event.button !== 0 ? "pan" : this.stage.drags();
    this.drag = { what, x, y, nowX: x, nowY: y, far: false, how };
  }

  private over(event: PointerEvent, now: { x: number; y: number }): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const [was, is] = [before, now].map(({ x, y }) => Math.hypot(x - other.x, y - other.y));
      this.stage.camera.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      if (was > 0) this.stage.camera.zoom(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else if (this.drag) {
      const { drag } = this;
      [drag.nowX, drag.nowY] = [now.x, now.y];
      drag.far ||= Math.hypot(now.x - drag.x, now.y - drag.y) > SLOP;
      if (drag.what === "pan" && drag.far) this.stage.camera.pan(now.x - before.x, now.y - before.y);
    }
    this.pointers.set(event.pointerId, now);
    this.stage.draw();
  }

  private up(event: PointerEvent, { x, y }: { x: number; y: number }): void {
    this.pointers.delete(event.pointerId);
    const { drag } = this;
    this.drag = undefined;
    this.stage.draw();
    if (!drag) return;
    const [fromX, fromY] = this.stage.camera.toHall(drag.x, drag.y);
    const [toX, toY] = this.stage.camera.toHall(x, y);
    if (!drag.far && event.button === 0) this.stage.tap(toX, toY, drag.how);
    else if (drag.far && drag.what === "move") this.stage.move(toX - fromX, toY - fromY);
    else if (drag.far && drag.what === "box") {
      this.stage.box({ left: Math.min(fromX, toX), right: Math.max(fromX, toX), top: Math.min(fromY, toY), bottom: Math.max(fromY, toY) }, drag.how);
    }
  }
}
