// What can be done to the seats that are chosen.
import { useEffect, useRef } from "preact/hooks";
import { t } from "../t";
import { Card, Field } from "../ui";
import * as edit from "./edit";
import type { Editor } from "./editor";
import { Act, Check, Number_, Select, rowStyles, seatStyles } from "./fields";
import { type Model, pitch } from "./model";
import type { RowStyle, SeatStyle } from "./number";

export function Chosen({ editor }: { editor: Editor }) {
  const { model, chosen } = editor;
  const n = chosen.size;
  const before = useRef(n);
  useEffect(() => {
    // The button that chose none or deleted all is gone: whoever uses keys goes on at the drawing.
    if (before.current > 0 && n === 0 && document.activeElement === document.body) document.querySelector<HTMLElement>("[data-test=stage]")?.focus();
    before.current = n;
  });
  const seats = t("{n} seat|{n} seats", { n });
  const go = (name: string, how: (model: Model) => Model): void => editor.do(`${name}: ${seats}`, how(editor.model));
  return (
    <Card title={n === 0 ? t("Chosen seats") : t("{n} seat chosen|{n} seats chosen", { n })} test="chosen" side={n > 0 && (
      <button type="button" class="link" data-test="choose-none" onClick={() => editor.pick([], "replace")}>{t("Choose none")}</button>
    )}>
      {n === 0 ? (
        <p class="quiet">{t("Draw a rectangle on the plan, or tick rows and seats in the list. Shift adds, Ctrl takes away.")}</p>
      ) : (
        <div class="acts">
          <Act test="set-tier" say={t("Set tier")} run={({ tier }) => go(t("tier"), (now) => edit.setTier(now, chosen, Number(tier)))}>
            <Select label={t("Tier")} name="tier" test="tier" of={model.tiers.flatMap((tier, i) => (tier.generalAdmission ? [] : [[i, tier.name] as const]))} />
          </Act>
          <Act test="set-for" say={t("Set")} legend={t("For whom they are")} run={({ whom }) => go(t("for whom"), (now) => edit.setFor(now, chosen, whom as "anybody"))}>
            <Select label={t("For whom")} name="whom" of={[["anybody", t("anybody")], ["accessible", t("wheelchair")], ["companion", t("companion of a wheelchair")]]} />
          </Act>
          <Act test="set-view" say={t("Set")} legend={t("What they see")} run={({ view }) => go(t("view"), (now) => edit.setRestricted(now, chosen, view === "restricted"))}>
            <Select label={t("View")} name="view" of={[["restricted", t("restricted view")], ["free", t("free view")]]} />
          </Act>
          <Act test="keep" say={t("Keep back")} run={({ label }) => go(t("keep back"), (now) => edit.keepBack(now, chosen, label.trim()))}>
            <Field label={t("Keep back for")}><input name="label" maxLength={100} placeholder={t("Press")} autocomplete="off" aria-describedby="keep-hint" data-test="keep-label" /></Field>
          </Act>
          <p class="quiet small keep-hint" id="keep-hint">{t("Publishing takes them out of the sale; empty: for sale.")}</p>
          <Names editor={editor} go={go} />
          <Places editor={editor} go={go} />
          <div class="buttons">
            <button type="button" class="button danger" data-test="delete" onClick={() => go(t("delete"), (now) => edit.remove(now, chosen))}>{t("Delete {n} seat|Delete {n} seats", { n })}</button>
          </div>
        </div>
      )}
    </Card>
  );
}

type Go = (name: string, how: (model: Model) => Model) => void;

function Names({ editor, go }: { editor: Editor; go: Go }) {
  const { model, chosen } = editor;
  const all = model.seats.filter((one) => chosen.has(one.id));
  const same = (of: (one: (typeof all)[number]) => string): string => (all.every((one) => of(one) === of(all[0])) ? of(all[0]) : "");
  const [section, row] = [same((one) => one.section), same((one) => one.row)];
  const whole = section !== "" && model.seats.every((one) => one.section !== section || chosen.has(one.id));
  return (
    <details data-test="names">
      <summary>{t("Names and numbers")}</summary>
      <Act test="rename" say={t("Rename")} run={(said) => go(t("rename"), (now) => {
        const to = said["section"].trim();
        const renamed = whole && to && to !== section ? edit.renameSection(now, section, to) : now;
        const other = { ...(to && { section: to }), ...(said["row"]?.trim() && { row: said["row"].trim() }), ...(said["seat"]?.trim() && { seat: said["seat"].trim() }) };
        return edit.rename(renamed, chosen, other);
      })}>
        <Field label={t("Section")}><input key={section} name="section" maxLength={100} defaultValue={section} autocomplete="off" data-test="rename-section" /></Field>
        <Field label={t("Row")}><input key={row} name="row" maxLength={20} defaultValue={row} autocomplete="off" data-test="rename-row" /></Field>
        {all.length === 1 && <Field label={t("Seat")}><input key={`${all[0].id} ${all[0].seat}`} name="seat" maxLength={20} defaultValue={all[0].seat} autocomplete="off" data-test="rename-seat" /></Field>}
      </Act>
      <Act test="number" say={t("Number the seats")} run={({ style, from }) => go(t("number"), (now) => edit.renumber(now, chosen, style as SeatStyle, Number(from)))}>
        <Select label={t("In each row")} name="style" test="number-style" of={seatStyles()} />
        <Number_ label={t("First number")} name="from" test="number-from" value={1} least={0} most={100_000} />
      </Act>
      <Act test="name-rows" say={t("Name the rows")} run={({ style, from, clear, down }) => go(t("name rows"), (now) => edit.renameRows(now, chosen, style as RowStyle, from.trim(), clear === "on", down === "on"))}>
        <Select label={t("Rows")} name="style" test="row-style" of={rowStyles()} />
        <Field label={t("First name")}><input name="from" required maxLength={10} defaultValue="A" autocomplete="off" data-test="row-from" /></Field>
        <Check label={t("Without I and O")} name="clear" test="rows-clear" />
        <Check label={t("From the bottom upwards")} name="down" test="rows-down" />
      </Act>
    </details>
  );
}

function Places({ editor, go }: { editor: Editor; go: Go }) {
  const { chosen } = editor;
  const gap = pitch(editor.model.seats);
  const number = (text: string): number => Number(text) || 0;
  return (
    <details data-test="places">
      <summary>{t("Place")}</summary>
      <Act test="move" say={t("Move")} run={({ x, y }) => editor.moved(number(x), number(y))}>
        <Number_ label={t("To the right")} name="x" test="move-x" value={gap} step="any" />
        <Number_ label={t("Downwards")} name="y" test="move-y" value={0} step="any" />
      </Act>
      <Act test="turn" say={t("Turn")} run={({ degrees }) => go(t("turn"), (now) => edit.turn(now, chosen, number(degrees)))}>
        <Number_ label={t("Degrees")} name="degrees" value={15} least={-360} most={360} step="any" />
      </Act>
      <Act test="spread" say={t("Space out")} run={({ gap: wide }) => go(t("space out"), (now) => edit.spread(now, chosen, number(wide)))}>
        <Number_ label={t("Between neighbours")} name="gap" value={gap} least={0.01} step="any" />
      </Act>
    </details>
  );
}
