// How long a hold lasts, by the server's clock: the browser's may be wrong, and may sleep.
import { say } from "./words";

/** Moments at which what is left is said aloud, in seconds. */
const SAID = [300, 120, 60, 30];

export function written(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function spoken(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? say("seconds", { count: seconds }) : say("minutes", { count: minutes });
}

export class Countdown {
  private last = Infinity;

  /** Until `ends` (milliseconds since 1970 by the server's clock), which is `ahead` of ours. */
  constructor(readonly ends: number, readonly ahead: number) {}

  left(now = Date.now()): number {
    return Math.max(0, Math.ceil((this.ends - now - this.ahead) / 1000));
  }

  /** What must be said now, if something must: each moment once, and of those that were slept through the last. */
  due(now = Date.now()): number | undefined {
    const left = this.left(now);
    const passed = SAID.filter((at) => at < this.last && left <= at && left > 0);
    if (this.last === Infinity) {
      this.last = left;
      return SAID.includes(left) ? left : undefined;
    }
    this.last = left;
    return passed.pop();
  }
}
