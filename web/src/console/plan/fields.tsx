// Small forms of the editor: each does one thing, and what it did can be taken back.
import type { ComponentChildren } from "preact";
import { t } from "../t";
import { Field } from "../ui";
import type { RowStyle, SeatStyle } from "./number";

export function Act({ children, run, test, say, legend }: {
  children?: ComponentChildren; run: (values: Record<string, string>) => void; test: string; say: string; legend?: string;
}) {
  return (
    <form class="act" data-test={test} aria-label={legend ?? say} onSubmit={(event) => {
      event.preventDefault();
      run(Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)])));
    }}>
      {children}
      <button class="button" data-test={`${test}-do`}>{say}</button>
    </form>
  );
}

export const rowStyles = (): [RowStyle, string][] => [["letters", t("A, B, C")], ["numbers", t("1, 2, 3")]];
export const seatStyles = (): [SeatStyle, string][] => [
  ["left", t("from the left")], ["right", t("from the right")],
  ["centre", t("from the middle, odd left, even right")], ["oddEven", t("from the ends, odd left, even right")],
];

export function Select({ label, name, of, test, value }: { label: string; name: string; of: readonly (readonly [string | number, string])[]; test?: string; value?: string }) {
  return (
    <Field label={label}>
      <select name={name} data-test={test ?? name} {...(value !== undefined && { defaultValue: value })}>
        {of.map(([key, words]) => <option value={key} selected={String(key) === value}>{words}</option>)}
      </select>
    </Field>
  );
}

export function Number_({ label, name, value, least, most, step = "1", test }: {
  label: string; name: string; value: number | string; least?: number; most?: number; step?: string; test?: string;
}) {
  return (
    <Field label={label}>
      <input name={name} type="number" required defaultValue={String(value)} min={least} max={most} step={step} data-test={test ?? name} />
    </Field>
  );
}

export function Check({ label, name, test }: { label: string; name: string; test?: string }) {
  return <label class="check"><input type="checkbox" name={name} data-test={test ?? name} /> <span>{label}</span></label>;
}
