// Choosing and holding: what is chosen is ours at once on the screen, and asked for behind it, one request at a time.
import { Grid, type Plan, placeOf } from "../map/plan";
import { ASKED, FREE, MINE, Stock } from "../map/stock";
import * as api from "../shared/api";
import { Countdown, spoken } from "../shared/clock";
import { signedIn } from "../shared/session";
import { say } from "../shared/words";

export interface Notice {
  text: string;
  /** A seat that would do instead. */
  instead?: number;
  alert?: boolean;
}

/** The last so many seconds in which one is asked whether more time is needed. */
export const WARNING = 120;

export class Shop {
  readonly grid: Grid;
  readonly stock: Stock;
  hold: api.Hold | undefined;
  countdown: Countdown | undefined;
  notice: Notice | undefined;
  busy = false;
  live = true;
  /** What is wanted: the seats of the hold, with what was added and taken away since. */
  private wanted: number[] = [];
  private running = false;
  private readonly watchers = new Set<(seats: readonly number[]) => void>();

  constructor(readonly event: string, readonly plan: Plan, readonly limit: number) {
    this.grid = new Grid(plan);
    this.stock = new Stock(plan);
    setInterval(() => this.tick(), 250);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.look();
    });
  }

  watch(watcher: (seats: readonly number[]) => void): void {
    this.watchers.add(watcher);
  }

  /** Something is different; `seats` are those that look different. */
  changed(seats: readonly number[] = []): void {
    for (const watcher of this.watchers) watcher(seats);
  }

  get mine(): readonly number[] {
    return this.wanted;
  }

  priceOf(seat: number): api.Money {
    return { minor: this.plan.tiers[this.plan.tier[seat]].minor, currency: this.plan.currency };
  }

  /** Takes up what was held before the page was loaded. */
  async restore(): Promise<void> {
    const before = sessionStorage.getItem(this.key);
    if (before) await this.look(before);
  }

  /** Takes a seat, or gives it back. */
  toggle(seat: number): void {
    const has = this.wanted.includes(seat);
    if (!has && this.stock.state[seat] !== FREE) {
      this.offerInstead(seat, "taken");
      return;
    }
    if (!has && this.wanted.length >= this.limit) {
      this.say({ text: say("most", { count: this.limit }) });
      return;
    }
    this.want(has ? this.wanted.filter((other) => other !== seat) : [...this.wanted, seat]);
    const alone = has ? undefined : this.stock.leavesAlone(this.wanted);
    if (has) this.say({ text: say("gaveBack", { place: placeOf(this.plan, seat) }) });
    else this.say(alone === undefined ? undefined : { text: say("alone", { seat: this.plan.names[alone] }) });
    void this.settle();
  }

  /** Lets the server choose; gives the seats. */
  async best(asked: api.Best): Promise<readonly number[]> {
    if (this.busy) return [];
    this.busy = true;
    this.say(undefined);
    const key = crypto.randomUUID();
    try {
      const instead = this.hold?.holdId;
      const answer = await signedIn(() => api.best(this.event, asked, key, instead, code()));
      this.take(answer);
      this.say({ text: this.found(answer.body) });
      return this.wanted;
    } catch (error) {
      this.fail(error);
      return [];
    } finally {
      this.busy = false;
      this.changed();
    }
  }

  /** More time. */
  async extend(): Promise<void> {
    if (!this.hold) return;
    try {
      const answer = await api.extend(this.hold.holdId);
      const before = this.countdown?.left() ?? 0;
      this.take(answer);
      const left = this.countdown?.left() ?? 0;
      const more = left > before + 1;
      this.say({ text: more ? say("have", { time: spoken(left) }) : say("longest") });
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whether something is asked for and not answered yet. */
  get pending(): boolean {
    return this.running || this.busy;
  }

  get canExtend(): boolean {
    return this.hold !== undefined && Date.parse(this.hold.longestUntil) > Date.parse(this.hold.expiresAt);
  }

  say(notice: Notice | undefined): void {
    this.notice = notice;
    this.changed();
  }

  private found(hold: api.Hold): string {
    const count = hold.tickets.length;
    const how = count > 1 && hold.placement ? `found.${hold.placement}` : "found";
    return say(how, { seats: say("seats", { count }) });
  }

  private want(seats: number[]): void {
    this.wanted = seats;
    const held = new Set(this.heldSeats());
    const changed = this.stock.own(seats, (seat) => (held.has(seat) ? MINE : ASKED));
    this.changed(changed);
  }

  private heldSeats(): number[] {
    return (this.hold?.tickets ?? []).map((ticket) => this.stock.seat(api.bitOf(ticket.ticketId))).filter((seat) => seat >= 0);
  }

  /** Asks until what is held is what is wanted. */
  private async settle(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (!same(this.wanted, this.heldSeats())) {
        const wanted = [...this.wanted];
        const before = this.hold?.holdId;
        if (wanted.length === 0) {
          if (before) await api.release(before);
          const clicked = this.wanted;
          this.forget();
          if (clicked.length > 0) this.want(clicked);
          continue;
        }
        const ids = wanted.map((seat) => api.ticketId(this.event, this.plan.bit[seat]));
        const key = crypto.randomUUID();
        const answer = await signedIn(() => api.seats(ids, key, before, code()));
        // What was clicked meanwhile is asked for in the next round.
        const clicked = same(this.wanted, wanted) ? undefined : this.wanted;
        this.take(answer);
        if (clicked) this.want(clicked);
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.running = false;
      this.changed();
    }
  }

  private take({ body, ahead }: api.Answer<api.Hold>): void {
    this.hold = body;
    this.countdown = new Countdown(Date.parse(body.expiresAt), ahead);
    sessionStorage.setItem(this.key, body.holdId);
    this.want(this.heldSeats());
  }

  private forget(): void {
    this.hold = undefined;
    this.countdown = undefined;
    sessionStorage.removeItem(this.key);
    this.want([]);
  }

  /** What the server says of the hold now. */
  private async look(id = this.hold?.holdId): Promise<void> {
    if (!id || this.running || this.busy) return;
    try {
      const answer = await api.held(id);
      if (answer.body.eventId === this.event) this.take(answer);
    } catch (error) {
      if (error instanceof api.Refused && error.status < 500) this.forget();
    }
  }

  private fail(error: unknown): void {
    const asked = this.wanted;
    const held = this.heldSeats();
    if (error instanceof api.Refused && error.problem["conflicts"]) {
      const gone = (error.problem["conflicts"] as string[]).map((id) => this.stock.seat(api.bitOf(id))).filter((seat) => seat >= 0);
      for (const seat of gone) this.stock.lose(seat);
      this.want(asked.filter((seat) => held.includes(seat) && !gone.includes(seat)));
      this.changed(gone);
      if (gone.length > 0) this.offerInstead(gone[0], "gone");
      return;
    }
    if (error instanceof api.Refused && error.kind === "hold-expired") {
      this.forget();
      this.say({ text: say("over"), alert: true });
      return;
    }
    this.want(held);
    this.say({ text: error instanceof api.Refused ? error.message : say("lost") });
  }

  private offerInstead(seat: number, what: "taken" | "gone"): void {
    const instead = this.stock.instead(seat, this.grid);
    const lost = this.plan.names[seat];
    if (instead === undefined) {
      this.say({ text: say(`${what}.none`, { seat: lost }) });
      return;
    }
    const inRow = this.plan.row[instead] === this.plan.row[seat];
    const beside = inRow && Math.abs(instead - seat) === 1;
    const other = inRow ? say("seat", { seat: this.plan.names[instead] }) : placeOf(this.plan, instead);
    this.say({ text: say(`${what}.${beside ? "beside" : "other"}`, { seat: lost, other }), instead });
  }

  private tick(): void {
    const { countdown } = this;
    if (!countdown) return;
    if (countdown.left() <= 0) {
      this.forget();
      this.say({ text: say("over"), alert: true });
      return;
    }
    const due = countdown.due();
    if (due !== undefined) this.say({ text: say("held", { time: spoken(due) }), alert: due <= 60 });
    this.changed();
  }

  private get key(): string {
    return `usher-hold-${this.event}`;
  }
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((seat) => b.includes(seat));

/** A presale code that was typed in. */
const code = (): string | undefined => document.querySelector<HTMLInputElement>("#code")?.value.trim() || undefined;
