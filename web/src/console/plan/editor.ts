// The plan that somebody draws: what it is now, what is chosen, what is wrong with it, and whether it is saved.
import { Refused } from "../../shared/api";
import { get, send, wrong } from "../ask";
import { Source } from "../source";
import { t } from "../t";
import { type Fault, check, placed } from "./check";
import * as edit from "./edit";
import { History } from "./history";
import { forget, keep, kept } from "./keep";
import { EMPTY, type Model, type Wire, fromWire, sections, stamp, toWire } from "./model";
import type { How } from "./hand";

export interface Told extends Wire {
  version: number;
  currency: string;
  settled?: "published" | "held";
  available?: string;
}

/** How long after a change the plan is looked through and kept in the browser. */
const SOON = 250;

export class Editor extends Source {
  history = new History<Model>(EMPTY);
  chosen: ReadonlySet<number> = new Set();
  faults: Fault[] = [];
  settled: Told["settled"];
  currency = "EUR";
  /** What was told last: for who listens, and for who looks. */
  said: { text: string; bad: boolean } | undefined;
  /** What somebody else saved, who drew the plan, too: one of the two must be chosen. */
  rival: Told | undefined;
  /** When what was not saved was kept, if it was taken up again. */
  restored: number | undefined;
  busy = false;
  /** Whether the browser keeps what is not saved. */
  keeps = true;
  taken: (index: number) => boolean = () => false;
  private version = 0;
  private base = "";
  private savedAs: Model = EMPTY;
  /** The server's tiers by their names. */
  private ids = new Map<string, string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly event: string) {
    super();
  }

  get model(): Model {
    return this.history.now;
  }

  get dirty(): boolean {
    return this.model !== this.savedAs;
  }

  get bad(): number {
    return this.faults.filter((fault) => fault.bad).length;
  }

  private get path(): string {
    return `/event/${this.event}/plan`;
  }

  async load(): Promise<void> {
    this.take(await get<Told>(this.path));
    const before = this.settled ? undefined : kept(this.event);
    if (before && stamp(toWire(before.model)) !== this.base) {
      // It goes on from where it was drawn: if the server's plan is another one by now, saving says so.
      [this.version, this.base] = [before.version, before.base];
      this.history = new History(this.savedAs);
      this.history.step(before.model, t("what was not saved"));
      this.restored = before.at;
    }
    this.look();
    this.changed();
  }

  private take(told: Told): void {
    const model = fromWire(told);
    [this.settled, this.currency, this.version, this.base] = [told.settled, told.currency, told.version, stamp(toWire(model))];
    this.savedAs = model;
    this.ids = new Map(told.tiers.map(({ name, tierId }) => [name, tierId!]));
    this.history = new History(model);
    this.chosen = new Set();
    const bits = told.available === undefined ? undefined : Uint8Array.from(atob(told.available), (c) => c.charCodeAt(0));
    this.taken = bits ? (index) => ((bits[index >> 3] ?? 0) >> (index & 7) & 1) === 0 : () => false;
  }

  /** Reads anew what can be had; what is chosen stays so where it is there. */
  async refresh(): Promise<void> {
    const chosen = this.places();
    this.take(await get<Told>(this.path));
    this.chosen = new Set(chosen.map((index) => this.model.seats[index]?.id).filter((id) => id !== undefined));
    this.changed();
  }

  /** The numbers of the chosen seats' tickets: a plan that is settled lists them in this order. */
  places(): number[] {
    return this.model.seats.flatMap((one, index) => (this.chosen.has(one.id) ? [index] : []));
  }

  /** A step that can be taken back. */
  do(name: string, model: Model, kind = ""): void {
    if (this.settled || model === this.model) return;
    this.history.step(model, name, kind);
    this.tell(name);
    this.after();
  }

  undo(): void {
    const name = this.history.undoes;
    if (this.history.undo()) this.tell(t("Taken back: {step}", { step: name ?? "" }));
    this.after();
  }

  redo(): void {
    const name = this.history.redoes;
    if (this.history.redo()) this.tell(t("Made again: {step}", { step: name ?? "" }));
    this.after();
  }

  private after(): void {
    const there = new Set(this.model.seats.map((one) => one.id));
    if ([...this.chosen].some((id) => !there.has(id))) this.chosen = new Set([...this.chosen].filter((id) => there.has(id)));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), SOON);
    this.changed();
  }

  /** Looks for what is wrong, and keeps what is not saved. */
  look(): void {
    clearTimeout(this.timer);
    this.faults = this.settled ? [] : check(this.model);
    if (!this.settled) {
      if (this.dirty) this.keeps = keep(this.event, this.model, this.version, this.base);
      else forget(this.event);
    }
    this.changed();
  }

  pick(ids: readonly number[], how: How): void {
    const next = new Set(how === "replace" ? [] : this.chosen);
    for (const id of ids) {
      if (how === "toggle" && next.has(id)) next.delete(id);
      else next.add(id);
    }
    this.chosen = next;
    this.changed();
  }

  drop(ids: readonly number[]): void {
    const next = new Set(this.chosen);
    for (const id of ids) next.delete(id);
    this.chosen = next;
    this.changed();
  }

  tell(text: string, bad = false): void {
    this.said = { text, bad };
    this.changed();
  }

  /** A name for new rows that no section has. */
  freeSection(): string {
    const named = new Set(sections(this.model.seats).map((section) => section.name));
    for (let n = 1; ; n += 1) {
      const name = n === 1 ? t("Stalls") : `${t("Stalls")} ${n}`;
      if (!named.has(name)) return name;
    }
  }

  /** Saves the plan where it can be; whether it is saved now. */
  async save(): Promise<boolean> {
    this.look();
    if (this.busy || this.settled) return false;
    if (this.bad > 0) {
      this.tell(t("{n} thing must be mended before this can be saved.|{n} things must be mended before this can be saved.", { n: this.bad }), true);
      return false;
    }
    const sent = this.model;
    this.busy = true;
    this.changed();
    try {
      await this.put(sent);
      return true;
    } catch (error) {
      await this.refused(error, sent);
      return false;
    } finally {
      this.busy = false;
      this.changed();
    }
  }

  private async put(sent: Model): Promise<void> {
    const told = await send<Told>("PUT", this.path, toWire(this.named(sent)), this.version);
    [this.version, this.base, this.rival, this.restored] = [told.version, stamp(toWire(fromWire(told))), undefined, undefined];
    // The tiers have names of the server's now; whatever was drawn meanwhile stays, and is not saved yet.
    this.ids = new Map(told.tiers.map(({ name, tierId }) => [name, tierId!]));
    const now = this.model;
    this.savedAs = this.named(sent);
    this.history.replace(now === sent ? this.savedAs : this.named(now));
    this.tell(t("Saved."));
    this.look();
  }

  private async refused(error: unknown, sent: Model): Promise<void> {
    if (!(error instanceof Refused)) {
      this.tell(`${wrong(error)} ${this.kept()}`, true);
      return;
    }
    if (error.status === 412) {
      await this.outrun(sent);
      return;
    }
    if (error.kind === "plan-settled") {
      this.late();
      return;
    }
    const told = (error.problem["errors"] ?? []) as { pointer: string; detail: string }[];
    const seats = told.flatMap((one) => placed(one.pointer, sent).seat ?? []);
    if (seats.length > 0) this.chosen = new Set(seats);
    this.tell(`${told.length > 0 ? told.map((one) => `${one.pointer} ${one.detail}`).join("; ") : error.message} ${this.kept()}`, true);
  }

  /** Tiers that the server has by the same name are those: one that was taken back and made again keeps its fees. */
  private named(model: Model): Model {
    const used = new Set(model.tiers.map((tier) => tier.tierId));
    const tiers = model.tiers.map((tier) => {
      const tierId = tier.tierId ?? this.ids.get(tier.name);
      return tierId && (tier.tierId || !used.has(tierId)) ? { ...tier, tierId } : tier;
    });
    return { ...model, tiers };
  }

  private late(): void {
    this.tell(t("The event was published meanwhile: its plan can be changed no more. Download yours if you need it."), true);
  }

  private kept(): string {
    return this.keeps ? t("What you drew is kept in this browser.") : t("This browser keeps nothing: download the plan before you leave.");
  }

  /** The event is another one than it was. Where its plan is not, saving goes on: somebody changed its title. */
  private async outrun(sent: Model): Promise<void> {
    const told = await get<Told>(this.path);
    if (told.settled) {
      // What is drawn stays on the screen: seats are taken out of the sale of the other plan, after a reload.
      this.late();
    } else if (stamp(toWire(fromWire(told))) === this.base) {
      this.version = told.version;
      await this.put(sent).catch((error: unknown) => this.tell(`${wrong(error)} ${this.kept()}`, true));
    } else {
      this.rival = told;
      this.tell(t("Somebody else saved another plan meanwhile. Nothing of yours is lost: choose below."), true);
    }
  }

  /** Mine in the place of theirs. */
  async overwrite(): Promise<void> {
    if (!this.rival) return;
    this.version = this.rival.version;
    const ids = new Map(this.rival.tiers.map((tier) => [tier.name, tier.tierId]));
    // Tiers of mine that are not there any more are new ones.
    const tiers = this.model.tiers.map(({ tierId: _, ...tier }) => ({ ...tier, ...(ids.get(tier.name) && { tierId: ids.get(tier.name)! }) }));
    this.history.replace({ ...this.model, tiers });
    this.rival = undefined;
    await this.save();
  }

  /** Theirs; mine is one step back. */
  adopt(): void {
    if (!this.rival) return;
    const mine = this.model;
    this.take(this.rival);
    const theirs = this.savedAs;
    this.history = new History(mine);
    this.history.step(theirs, t("the plan that was saved"));
    this.rival = undefined;
    this.tell(t("This is the plan that was saved. Undo brings yours back."));
    this.look();
  }

  /** Forgets what was not saved. */
  async discard(): Promise<void> {
    forget(this.event);
    this.restored = undefined;
    this.take(await get<Told>(this.path));
    this.tell(t("This is the plan that was saved."));
    this.look();
  }

  /** Moves what is chosen. */
  moved(byX: number, byY: number): void {
    this.do(t("move {n} seat|move {n} seats", { n: this.chosen.size }), edit.move(this.model, this.chosen, byX, byY));
  }
}
