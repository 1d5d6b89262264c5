// New rows, tiers, where people look to, and what is wrong.
import { useState } from "preact/hooks";
import { t } from "../t";
import { Card, Field, NumberInput } from "../ui";
import { count } from "../words";
import type { Fault } from "./check";
import * as edit from "./edit";
import type { Editor } from "./editor";
import { Act, Check, Number_, Select, rowStyles, seatStyles } from "./fields";
import { type Rows, generate, unfit } from "./generate";
import { bounds, pitch, sections } from "./model";
import type { RowStyle, SeatStyle } from "./number";

const unfits = (): Record<NonNullable<ReturnType<typeof unfit>>, string> => ({
  section: t("Give the section a name."), rows: t("There are 1 to 500 rows."), seats: t("A row has 1 to 1,000 seats."), gap: t("Distances are more than 0."),
  many: t("An event has at most 100,000 seats."),
});

/** Below what is there, in the middle of it. */
function free(editor: Editor): { x: number; y: number } {
  const at = bounds(editor.model.seats);
  return at ? { x: (at.left + at.right) / 2, y: at.bottom + pitch(editor.model.seats) * 3 } : { x: 500, y: 150 };
}

export function AddRows({ editor, done }: { editor: Editor; done: () => void }) {
  const gap = pitch(editor.model.seats);
  const add = (said: Record<string, string>): void => {
    const number = (name: string): number => Number(said[name]);
    const tiers = editor.model.tiers.length === 0 ? edit.addTier(editor.model, newTier(editor)) : editor.model;
    const of: Rows = {
      section: said["section"].trim(), rows: number("rows"), seats: number("seats"), grow: number("grow"), gap: number("gap"), rowGap: number("rowGap"),
      bend: number("bend"), turn: number("turn"), aisle: number("aisle"), rowStyle: said["rowStyle"] as RowStyle, rowFrom: said["rowFrom"].trim(),
      clear: said["clear"] === "on", down: said["down"] === "on", seatStyle: said["seatStyle"] as SeatStyle, seatFrom: number("seatFrom"),
      tier: said["tier"] === undefined || said["tier"] === "" ? tiers.tiers.findIndex((tier) => !tier.generalAdmission) : number("tier"), ...free(editor),
    };
    const no = unfit(of);
    if (no) {
      editor.tell(unfits()[no], true);
      return;
    }
    const seats = generate(of);
    editor.do(t("{n} seat of {section}|{n} seats of {section}", { n: seats.length, section: of.section }), edit.add(tiers, seats));
    editor.pick(seats.map((one) => one.id), "replace");
    done();
  };
  const seated = editor.model.tiers.flatMap((tier, i) => (tier.generalAdmission ? [] : [[i, tier.name] as const]));
  return (
    <Card title={t("Add rows")} test="add-rows">
      <Act test="rows-form" say={t("Add the rows")} run={add}>
        <Field label={t("Section")}><input key={editor.model.seats.length} name="section" required maxLength={100} defaultValue={editor.freeSection()} autocomplete="off" data-test="section-name" /></Field>
        <Number_ label={t("Rows")} name="rows" value={8} least={1} most={500} />
        <Number_ label={t("Seats in the first row")} name="seats" value={12} least={1} most={1000} />
        <Number_ label={t("More in each row behind")} name="grow" value={0} least={-20} most={20} step="any" />
        {seated.length > 0 && <Select label={t("Tier")} name="tier" test="new-tier-of" of={seated} />}
        <Select label={t("Rows are called")} name="rowStyle" of={rowStyles()} />
        <Field label={t("First row")}><input name="rowFrom" required maxLength={10} defaultValue="A" autocomplete="off" data-test="rowFrom" /></Field>
        <Select label={t("Seats are counted")} name="seatStyle" of={seatStyles()} />
        <Number_ label={t("First seat")} name="seatFrom" value={1} least={0} most={100_000} />
        <Number_ label={t("Bent, in degrees (0: straight)")} name="bend" value={0} least={0} most={350} step="any" />
        <details class="whole">
          <summary>{t("Distances and more")}</summary>
          <div class="act">
            <Number_ label={t("Between seats")} name="gap" value={gap} least={0.01} step="any" />
            <Number_ label={t("Between rows")} name="rowGap" value={gap * 1.2} least={0.01} step="any" />
            <Number_ label={t("Aisle in the middle, in seats")} name="aisle" value={0} least={0} most={50} step="any" />
            <Number_ label={t("Turned by, in degrees")} name="turn" value={0} least={-360} most={360} step="any" />
            <Check label={t("Without I and O")} name="clear" />
            <Check label={t("The last name in front")} name="down" />
          </div>
        </details>
      </Act>
    </Card>
  );
}

const COLOURS = ["#4f46e5", "#0f766e", "#b45309", "#be185d", "#0369a1", "#4d7c0f", "#7e22ce", "#475569"];

function newTier({ model }: Editor): { name: string; price: number; generalAdmission: boolean; colour: string } {
  const named = new Set(model.tiers.map((tier) => tier.name));
  let n = 1;
  while (named.has(t("Tier {n}", { n }))) n += 1;
  return { name: t("Tier {n}", { n }), price: 0, generalAdmission: false, colour: COLOURS.find((one) => model.tiers.every((tier) => tier.colour !== one)) ?? COLOURS[0] };
}

export function Tiers({ editor }: { editor: Editor }) {
  const { model, currency, settled } = editor;
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const used = model.tiers.map((_, i) => model.seats.reduce((sum, one) => sum + Number(one.tier === i), 0));
  return (
    <Card title={t("Tiers")} test="plan-tiers" side={!settled && (
      <button type="button" class="button" data-test="add-tier" onClick={() => editor.do(t("new tier"), edit.addTier(editor.model, newTier(editor)))}>{t("New tier")}</button>
    )}>
      {model.tiers.length === 0 && <p class="quiet">{t("No tier yet. A tier has a name and a price.")}</p>}
      {model.tiers.map((tier, i) => {
        const set = (said: Parameters<typeof edit.changeTier>[2], kind: string): void => editor.do(t("tier {name}", { name: tier.name }), edit.changeTier(editor.model, i, said), `${kind} ${i}`);
        const faults = editor.faults.filter((fault) => fault.tier === i);
        return (
          <fieldset class="plan-tier" key={i} data-test="plan-tier" disabled={settled !== undefined}>
            <legend class="vh">{tier.name || t("Tier without a name")}</legend>
            <Field label={t("Colour")}><input type="color" value={tier.colour ?? COLOURS[i % COLOURS.length]} data-test="tier-colour" onInput={(event) => set({ colour: event.currentTarget.value }, "colour")} /></Field>
            <Field label={t("Name")}><input value={tier.name} maxLength={200} autocomplete="off" data-test="tier-name" onInput={(event) => set({ name: event.currentTarget.value }, "name")} /></Field>
            <Field label={t("Price, {currency}", { currency })}>
              <NumberInput min="0" step={String(10 ** -digits)} value={tier.price / 10 ** digits} test="tier-price" set={(price) => set({ price: Math.round(price * 10 ** digits) }, "price")} />
            </Field>
            {tier.generalAdmission
              ? <Field label={t("Places")}><NumberInput min="1" max="100000" value={tier.quantity ?? 0} test="tier-quantity" set={(quantity) => set({ quantity }, "quantity")} /></Field>
              : <p class="quiet plan-used" data-test="tier-used">{t("{n} seat|{n} seats", { n: used[i] })}</p>}
            <label class="check"><input type="checkbox" checked={tier.generalAdmission} data-test="tier-standing" onChange={(event) => set({ generalAdmission: event.currentTarget.checked }, "")} /> <span>{t("Without numbers (standing)")}</span></label>
            {!settled && <button type="button" class="link" data-test="tier-remove" onClick={() => editor.do(t("delete tier {name}", { name: tier.name }), edit.removeTier(editor.model, i))}>{t("Delete")}<span class="vh"> {tier.name}</span></button>}
            {faults.map((fault) => <p class={fault.bad ? "said bad" : "said warned"} key={fault.kind}>{told(fault)}</p>)}
          </fieldset>
        );
      })}
    </Card>
  );
}

export function Looks({ editor, middle }: { editor: Editor; middle: () => { x: number; y: number } }) {
  const [section, choose] = useState("");
  const { model } = editor;
  const there = model.points.find((point) => point.section === section);
  const named = sections(model.seats).map((one) => one.name);
  const set = (at: { x: number; y: number } | undefined): void => editor.do(t("where people look to"), edit.look(editor.model, section, at));
  return (
    <Card title={t("Where people look to")} test="looks">
      <p class="quiet small">{t("The best seats are those nearest to it. Where nobody says, it is the middle of the first row.")}</p>
      <Field label={t("Whose")}>
        <select value={section} data-test="look-section" onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{t("all sections without a point of their own")}</option>
          {named.map((name) => <option value={name}>{name}</option>)}
        </select>
      </Field>
      <Act test="look" say={t("Set the point")} run={({ x, y }) => set({ x: Number(x), y: Number(y) })}>
        <Number_ key={`x ${section} ${there?.x}`} label={t("To the right")} name="x" test="look-x" value={there?.x ?? Math.round(middle().x)} step="any" />
        <Number_ key={`y ${section} ${there?.y}`} label={t("Downwards")} name="y" test="look-y" value={there?.y ?? Math.round(middle().y)} step="any" />
      </Act>
      {there && <button type="button" class="link" data-test="look-gone" onClick={() => set(undefined)}>{t("Take the point away")}</button>}
    </Card>
  );
}

export function told(fault: Fault): string {
  const [n, name] = [fault.seats.length, fault.name ?? ""];
  switch (fault.kind) {
    case "place-twice": return t("{name} is there {n} times.", { n, name });
    case "no-tier": return t("{n} seat has no tier.|{n} seats have no tier.", { n });
    case "name-missing": return t("{n} seat lacks a section, a row or a number.|{n} seats lack a section, a row or a number.", { n });
    case "name-long": return t("{n} seat has too long a name: sections have at most 100 characters, rows and seats 20.|{n} seats have too long a name: sections have at most 100 characters, rows and seats 20.", { n });
    case "name-blank": return t("{n} seat has a name that begins or ends with a blank.|{n} seats have a name that begins or ends with a blank.", { n });
    case "both-kinds": return t("{n} seat is for a wheelchair and for a companion.|{n} seats are for a wheelchair and for a companion.", { n });
    case "label-long": return t("{n} seat is kept back under a name that cannot be.|{n} seats are kept back under a name that cannot be.", { n });
    case "no-spot": return t("{n} seat stands nowhere.|{n} seats stand nowhere.", { n });
    case "too-many": return t("An event has at most 100,000 tickets.");
    case "tier-count": return t("An event has at most 50 tiers.");
    case "tier-name": return t("A tier needs a name of at most 200 characters, without blanks around it.");
    case "tier-twice": return t("Two tiers are called {name}.", { name });
    case "tier-price": return t("{name}: a price lies between 0 and 10,000,000.", { name });
    case "tier-quantity": return t("{name}: how many places?", { name });
    case "point-lost": return t("Somebody looks to a point in {name}, which has no seats.", { name });
    case "nothing": return t("There is nothing to sell yet.");
    case "tier-unused": return t("{name} has no seats.", { name });
    case "same-spot": return t("{n} seats stand where another one stands.", { n });
    case "tier-free": return t("{name} costs nothing.", { name });
  }
}

export function Faults({ editor, show }: { editor: Editor; show: (ids: readonly number[]) => void }) {
  const { faults } = editor;
  const bad = editor.bad;
  return (
    <Card title={bad > 0 ? t("{n} thing to mend|{n} things to mend", { n: bad }) : t("Check")} test="faults">
      {faults.length === 0 && <p class="quiet" data-test="all-good">{t("Nothing is wrong: this can be saved.")}</p>}
      <ul class="rows">
        {faults.map((fault) => (
          <li key={`${fault.kind} ${fault.name ?? ""} ${fault.tier ?? ""}`} data-kind={fault.kind} data-test="fault" class={fault.bad ? "bad-fault" : undefined}>
            <span>{told(fault)}</span>
            {fault.seats.length > 0 && <button type="button" class="link" onClick={() => show(fault.seats)}>{t("Choose {seats}", { seats: count(fault.seats.length) })}</button>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
