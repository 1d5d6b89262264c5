// The plan as a list: all that can be chosen on the canvas can be chosen here, by keyboard and by ear.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../t";
import { count } from "../words";
import type { Editor } from "./editor";
import { type RowOf, type Seat, type SectionOf, sections } from "./model";

export function List({ editor }: { editor: Editor }) {
  const { seats } = editor.model;
  const all = useMemo(() => sections(seats), [seats]);
  const places = useMemo(() => new Map(seats.map((one, index) => [one.id, index])), [seats]);
  const [open, put] = useState<string>();
  // One section is opened at once; where it was renamed or is gone, the first is looked at.
  const shown = all.find((section) => section.name === open) ?? (all.length === 1 ? all[0] : undefined);
  if (all.length === 0) return <p class="quiet">{t("No seats yet. Add rows, or open a file.")}</p>;
  return (
    <ul class="plan-list" data-test="list">
      {all.map((section) => (
        <li key={section.name} data-section={section.name}>
          <div class="plan-section">
            <Check editor={editor} seats={section.rows.flatMap((row) => row.seats)} label={t("All of {name}", { name: section.name })} test="section-check" />
            <button
              type="button" class="link" aria-expanded={shown === section} data-test="section"
              onClick={() => put(shown === section ? "" : section.name)}
            >{section.name}</button>
            <span class="quiet">{t("{n} seat|{n} seats", { n: section.count })}, {t("{n} row|{n} rows", { n: section.rows.length })}</span>
          </div>
          {shown === section && <Rows editor={editor} section={section} places={places} />}
        </li>
      ))}
    </ul>
  );
}

function Rows({ editor, section, places }: { editor: Editor; section: SectionOf; places: ReadonlyMap<number, number> }) {
  const [open, put] = useState<string>();
  return (
    <div class="scroll tall" role="region" aria-label={section.name} tabIndex={0}>
      <table>
        <thead><tr>
          <th scope="col"><span class="vh">{t("Chosen")}</span></th><th scope="col">{t("Row")}</th><th scope="col">{t("Seats")}</th>
          <th scope="col">{t("Tier")}</th><th scope="col">{t("Marks")}</th>
        </tr></thead>
        <tbody data-test="rows">{section.rows.map((row) => (
          <>
            <tr key={row.name} data-row={row.name}>
              <td><Check editor={editor} seats={row.seats} label={t("Row {row}, all seats", { row: row.name })} test="row-check" /></td>
              <th scope="row">
                <button
                  type="button" class="link" aria-expanded={open === row.name} data-test="row" onClick={() => put(open === row.name ? undefined : row.name)}
                ><span class="vh">{t("Seats of row")} </span>{row.name}</button>
              </th>
              <td class="n-left">{ends(row)}</td>
              <td>{tiers(editor, row)}</td>
              <td>{marks(row.seats)}</td>
            </tr>
            {open === row.name && (
              <tr key={`${row.name} seats`}><td colSpan={5}>
                <div class="plan-seats" role="group" aria-label={t("Seats of row {row}", { row: row.name })}>
                  {row.seats.map((one) => <One key={one.id} editor={editor} one={one} taken={editor.taken(places.get(one.id) ?? -1)} />)}
                </div>
              </td></tr>
            )}
          </>
        ))}</tbody>
      </table>
    </div>
  );
}

/** `1 – 20 (20)`. */
function ends({ seats }: RowOf): string {
  const [first, last] = [seats[0].seat, seats[seats.length - 1].seat];
  return seats.length === 1 ? first : `${first} – ${last} (${count(seats.length)})`;
}

function tiers(editor: Editor, { seats }: RowOf): string {
  const names = [...new Set(seats.map((one) => editor.model.tiers[one.tier]?.name ?? t("no tier")))];
  return names.length > 2 ? `${names.slice(0, 2).join(", ")} …` : names.join(", ");
}

function marks(seats: readonly Seat[]): string {
  const of = (is: (one: Seat) => boolean): number => seats.filter(is).length;
  const all: [number, string][] = [
    [of((one) => one.accessible), t("wheelchair")], [of((one) => one.companion), t("companion")],
    [of((one) => one.restrictedView), t("restricted view")], [of((one) => one.keepBack !== undefined), t("kept back")],
  ];
  return all.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`).join(", ");
}

/** Chooses many seats at once; half where only some are chosen. */
function Check({ editor, seats, label, test }: { editor: Editor; seats: readonly Seat[]; label: string; test: string }) {
  const box = useRef<HTMLInputElement>(null);
  const chosen = seats.reduce((sum, one) => sum + Number(editor.chosen.has(one.id)), 0);
  useEffect(() => { box.current!.indeterminate = chosen > 0 && chosen < seats.length; });
  const ids = (): number[] => seats.map((one) => one.id);
  return (
    <input
      ref={box} type="checkbox" aria-label={label} data-test={test} checked={chosen === seats.length}
      onChange={(event) => (event.currentTarget.checked ? editor.pick(ids(), "add") : editor.drop(ids()))}
    />
  );
}

function One({ editor, one, taken }: { editor: Editor; one: Seat; taken: boolean }) {
  const notes = [
    editor.model.tiers[one.tier]?.name ?? t("no tier"), one.accessible && t("wheelchair"), one.companion && t("companion"),
    one.restrictedView && t("restricted view"), one.keepBack !== undefined && t("kept back: {label}", { label: one.keepBack }), taken && t("taken"),
  ].filter((note): note is string => typeof note === "string");
  return (
    <label class="plan-seat" title={notes.join(", ")} data-taken={taken || undefined} data-kept={one.keepBack !== undefined || undefined}>
      <input
        type="checkbox" data-test="seat-check" checked={editor.chosen.has(one.id)}
        onChange={(event) => (event.currentTarget.checked ? editor.pick([one.id], "add") : editor.drop([one.id]))}
      />
      <span>{one.seat}</span><span class="vh">, {notes.join(", ")}</span>
    </label>
  );
}
