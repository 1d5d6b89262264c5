// One room as it is now: the stream of its numbers, its settings, its log, and what is left of its event.
import { Refused } from "../../shared/api";
import { get, send, stream, wrong } from "../ask";
import { heard } from "../heard";
import { WITHOUT_TICKETS } from "../home";
import { type Me, may } from "../me";
import { Source } from "../source";
import { t } from "../t";
import type { Event, Preview, Room, RoomHistory, RoomLive, RoomLog, SalesReport } from "../types";
import { confirmed } from "../ui";
import { type Seen, verdict } from "./health";
import { KEPT, type Minute, type Point, ofSecond } from "./series";
import { type Entry, asked, isTold } from "./timeline";

/** The most entries of a log in one answer. */
const PAGE = 500;
/** How many pages are read in one go, at most. */
const PAGES = 60;

export class RoomStore extends Source {
  room: Room | undefined;
  live: RoomLive | undefined;
  event: Event | undefined;
  sales: SalesReport | undefined;
  minutes: Minute[] = [];
  seconds: Point[] = [];
  /** What happened, but for calls; the oldest first. */
  log: Entry[] = [];
  /** There is none that may be seen. */
  missing: string | undefined;
  away = false;
  /** When numbers came last, by our clock. */
  private heard = Date.now();
  private lastEntry = 0;
  private reading = false;
  private unread = false;
  private readonly over = new AbortController();

  constructor(readonly me: Me, readonly id: string) {
    super();
  }

  get base(): string {
    return `/room/${this.id}`;
  }

  /** Until [`stop`](RoomStore.stop). */
  async start(): Promise<void> {
    try {
      this.room = await get<Room>(this.base);
    } catch (error) {
      this.missing = error instanceof Refused ? wrong(error) : t("The gate does not answer. Please reload.");
      return this.changed();
    }
    this.changed();
    void this.listen();
    this.every(1000, () => this.changed());
    this.every(5000, () => void this.readLog());
    this.every(5000, () => void this.readEvent());
    this.every(60_000, () => void this.readHistory());
  }

  stop(): void {
    this.over.abort();
  }

  private every(ms: number, look: () => void): void {
    look();
    const timer = setInterval(() => { if (!document.hidden) look(); }, ms);
    this.over.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** How long ago the last numbers came, in seconds. */
  get silent(): number {
    return (Date.now() - this.heard) / 1000;
  }

  get verdict() {
    const { room, live, event, silent, away } = this;
    return verdict({ room: room!, live, event, silent, away } satisfies Seen);
  }

  private async listen(): Promise<void> {
    let pause = 500;
    while (!this.over.signal.aborted) {
      try {
        for await (const { event, data } of stream(`${this.base}/live/stream`, this.over.signal)) {
          this.away = event === "away";
          if (event === "live") this.take(JSON.parse(data) as RoomLive);
          else this.changed();
          pause = 500;
        }
      } catch (error) {
        if (error instanceof Refused && [401, 403, 404].includes(error.status)) return;
      }
      // Different for everybody, so that a gate that comes back is not asked by all at once.
      await new Promise((then) => setTimeout(then, pause * (0.5 + Math.random())));
      pause = Math.min(10_000, pause * 2);
    }
  }

  private take(live: RoomLive): void {
    const before = this.live;
    this.live = live;
    this.heard = Date.now();
    const point = ofSecond(live);
    if (point.at > (this.seconds.at(-1)?.at ?? 0)) this.seconds.push(point);
    while (this.seconds.length > KEPT) this.seconds.shift();
    if (this.room && live.version !== this.room.version) void this.readRoom();
    else if (before && before.state !== live.state) void this.readRoom();
    this.changed();
  }

  async readRoom(): Promise<void> {
    const room = await get<Room>(this.base).catch(() => undefined);
    if (room && room.version >= (this.room?.version ?? 0)) this.room = room;
    await this.readLog();
    this.changed();
  }

  private async readLog(): Promise<void> {
    this.unread = true;
    if (this.reading) return;
    this.reading = true;
    try {
      for (let page = 0; page < PAGES && this.unread; page += 1) {
        this.unread = false;
        const { entries } = await get<RoomLog>(`${this.base}/log?after=${this.lastEntry}`);
        this.lastEntry = entries.at(-1)?.entry ?? this.lastEntry;
        this.log.push(...entries.filter(isTold));
        this.unread ||= entries.length === PAGE;
      }
    } catch {
      // The next look reads on where this one ended.
    }
    this.reading = false;
    this.changed();
  }

  private async readHistory(): Promise<void> {
    const last = this.minutes.at(-1)?.minute;
    const told = await get<RoomHistory>(`${this.base}/history${last ? `?after=${encodeURIComponent(last)}` : ""}`).catch(() => undefined);
    this.minutes.push(...(told?.minutes ?? []));
    this.changed();
  }

  private async readEvent(): Promise<void> {
    const id = this.room?.eventId;
    if (!id) return;
    const asked = may(this.me, "figures") ? get<SalesReport>(`/event/${id}/sales`) : Promise.resolve(undefined);
    const [event, sales] = await Promise.all([get<Event>(`/event/${id}${WITHOUT_TICKETS}`).catch(() => undefined), asked.catch(() => undefined)]);
    this.event = event ?? this.event;
    this.sales = sales ?? this.sales;
    this.changed();
  }

  /** How many were called and did not come, so far as it is on record. */
  get calls(): { called: number; missed: number } {
    const called = this.minutes.reduce((sum, minute) => sum + minute.admitted, 0);
    return { called, missed: this.live?.noShows.total ?? 0 };
  }

  /** Makes a change, and asks before where it is dangerous. Tells whether it was made. */
  async change(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<boolean> {
    const at = this.base + path;
    const version = this.room!.version;
    try {
      const told = await send<Preview>(method, `${at}?preview=true`, body, version);
      if (told.dangerous && !(await confirmed(question(told, await heard(told.effects))))) return false;
      await send(method, at, body, version);
    } catch (error) {
      // Somebody was faster: what is shown is old.
      if (error instanceof Refused && (error.status === 409 || error.status === 412)) await this.readRoom();
      throw error;
    }
    await this.readRoom();
    return true;
  }
}

function question(told: Preview, lines: string[]) {
  const sees = "why" in told.fansSee ? told.fansSee.why : undefined;
  const [title, yes] = asked(told.kind);
  return { title, lines, fans: sees, yes };
}
