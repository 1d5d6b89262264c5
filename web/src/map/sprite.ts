// How a seat is drawn: its state by its shape, its price by its colour. Each is drawn once for a size and then copied.
import { type Look, tierColour } from "./look";
import { ACCESSIBLE, COMPANION } from "./plan";
import { ASKED, FREE, MINE, TAKEN } from "./stock";

/** Free: a disc, or a square where a wheelchair fits. Taken: a small hollow ring. Mine: a dark disc with a tick, in a ring. */
export function drawSeat(
  on: CanvasRenderingContext2D, size: number, state: number, flags: number, tier: number, label: string, colours: Look,
): void {
  const middle = size / 2;
  const radius = size * 0.42;
  const disc = (r: number) => {
    on.beginPath();
    on.arc(middle, middle, r, 0, Math.PI * 2);
  };
  if (state === TAKEN) {
    on.lineWidth = Math.max(1, size * 0.08);
    on.strokeStyle = colours.taken;
    disc(radius * 0.62);
    on.stroke();
    return;
  }
  if (state === MINE || state === ASKED) {
    on.fillStyle = colours.mine;
    disc(radius * 0.8);
    on.fill();
    on.lineWidth = Math.max(1.2, size * 0.09);
    on.strokeStyle = colours.ring;
    if (state === ASKED) on.setLineDash([size * 0.16, size * 0.12]);
    disc(size / 2 - on.lineWidth / 2);
    on.stroke();
    on.setLineDash([]);
    on.strokeStyle = colours.onMine;
    on.lineWidth = Math.max(1.2, size * 0.11);
    on.lineCap = on.lineJoin = "round";
    on.beginPath();
    on.moveTo(middle - radius * 0.36, middle + radius * 0.02);
    on.lineTo(middle - radius * 0.08, middle + radius * 0.3);
    on.lineTo(middle + radius * 0.38, middle - radius * 0.28);
    on.stroke();
    return;
  }
  on.fillStyle = tierColour(colours, tier);
  if ((flags & ACCESSIBLE) !== 0) {
    on.beginPath();
    on.roundRect(middle - radius, middle - radius, radius * 2, radius * 2, radius * 0.3);
    on.fill();
    if (size >= 12) wheelchair(on, middle, radius, colours.onTier);
    return;
  }
  if ((flags & COMPANION) !== 0) {
    on.beginPath();
    on.roundRect(middle - radius * 0.9, middle - radius * 0.9, radius * 1.8, radius * 1.8, radius * 0.8);
    on.fill();
  } else {
    disc(radius);
    on.fill();
  }
  if (label && size >= 14) {
    on.fillStyle = colours.onTier;
    on.font = `600 ${Math.round(size * (label.length > 2 ? 0.3 : 0.4))}px system-ui, sans-serif`;
    on.textAlign = "center";
    on.textBaseline = "middle";
    on.fillText(label, middle, middle + size * 0.02);
  }
}

function wheelchair(on: CanvasRenderingContext2D, middle: number, radius: number, colour: string): void {
  on.strokeStyle = on.fillStyle = colour;
  on.lineWidth = Math.max(1, radius * 0.17);
  on.lineCap = on.lineJoin = "round";
  on.beginPath();
  on.arc(middle - radius * 0.1, middle - radius * 0.58, radius * 0.17, 0, Math.PI * 2);
  on.fill();
  on.beginPath();
  on.moveTo(middle - radius * 0.1, middle - radius * 0.3);
  on.lineTo(middle - radius * 0.1, middle + radius * 0.12);
  on.lineTo(middle + radius * 0.3, middle + radius * 0.12);
  on.lineTo(middle + radius * 0.46, middle + radius * 0.56);
  on.moveTo(middle - radius * 0.1, middle - radius * 0.1);
  on.lineTo(middle + radius * 0.24, middle - radius * 0.1);
  on.stroke();
  on.beginPath();
  on.arc(middle - radius * 0.08, middle + radius * 0.28, radius * 0.4, Math.PI * 0.1, Math.PI * 1.25);
  on.stroke();
}

/** Seats of one size, each drawn when it is wanted first. */
export class Sprites {
  private readonly made = new Map<string, HTMLCanvasElement>();

  constructor(readonly size: number, private readonly colours: Look) {}

  of(state: number, flags: number, tier: number, label: string): HTMLCanvasElement {
    const shown = state === FREE ? label : "";
    const key = `${state} ${flags & (ACCESSIBLE | COMPANION)} ${state === FREE ? tier : ""} ${shown}`;
    let sprite = this.made.get(key);
    if (!sprite) {
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = this.size;
      drawSeat(sprite.getContext("2d")!, this.size, state, flags, tier, shown, this.colours);
      this.made.set(key, sprite);
    }
    return sprite;
  }
}
