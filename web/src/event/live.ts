// What can be had, as it changes: first everything, then what is different, and everything again where something is missing.
import * as api from "../shared/api";
import type { Told } from "../map/stock";

export interface Listener {
  /** Takes in what was told; false when something between was missed. */
  tell(told: Told): boolean;
  /** Whether it comes as it happens. */
  live(is: boolean): void;
}

/** The longest silence: the stream says something every quarter of a minute. */
const SILENCE = 40_000;

export class Live {
  private stream: EventSource | undefined;
  private version = 0;
  private failures = 0;
  private heard = 0;
  private later = 0;

  constructor(private readonly event: string, private readonly to: Listener) {
    addEventListener("online", () => this.again(Math.random() * 500));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.look();
    });
    setInterval(() => {
      if (this.stream && Date.now() - this.heard > SILENCE) this.again(0);
    }, 5_000);
  }

  /** Asks for everything, and goes on from there. */
  async start(): Promise<void> {
    try {
      await this.look();
      this.listen();
    } catch {
      this.again();
    }
  }

  private async look(): Promise<void> {
    const told = await api.availability(this.event);
    this.version = told.version;
    this.to.tell(told);
  }

  private listen(): void {
    this.stream?.close();
    const stream = new EventSource(`/event/${this.event}/availability?since=${this.version}`);
    this.stream = stream;
    this.heard = Date.now();
    stream.addEventListener("open", () => {
      this.failures = 0;
      this.heard = Date.now();
      this.to.live(true);
    });
    stream.addEventListener("availability", (message) => {
      this.heard = Date.now();
      const told = JSON.parse(message.data as string) as Told;
      this.version = told.version;
      // What was missed is made good at once.
      if (!this.to.tell(told)) void this.start();
    });
    stream.addEventListener("error", () => this.again());
  }

  /** Later, and the later the more often it failed; by chance, so that not all come back at once. */
  private again(wait = Math.random() * Math.min(30_000, 500 * 2 ** this.failures)): void {
    this.stream?.close();
    this.stream = undefined;
    this.failures += 1;
    if (this.failures > 1) this.to.live(false);
    clearTimeout(this.later);
    this.later = window.setTimeout(() => void this.start(), wait);
  }
}
