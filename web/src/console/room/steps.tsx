// The steps in the life of a room.
import { t } from "../t";
import { Card, Field, Form, Said } from "../ui";
import type { RoomStore } from "./store";

const LIVING = ["scheduled", "lobby", "open", "paused", "drained", "bypass", "reject"];

/** A step, its words, the states from which it is taken, and whether fans are told why. */
const STEPS: [string, string, string[], boolean][] = [
  ["lobby", t("Open the lobby"), ["scheduled"], false],
  ["open", t("Open"), ["scheduled", "lobby"], false],
  ["pause", t("Pause"), ["open"], true],
  ["resume", t("Resume"), ["paused"], false],
  ["drain", t("Sold out"), ["open", "paused"], false],
  ["reopen", t("Reopen"), ["drained"], false],
  ["restore", t("Back to the line"), ["bypass", "reject"], false],
];
const DANGEROUS: [string, string, string[], boolean][] = [
  ["bypass", t("Let everybody through"), LIVING.filter((state) => state !== "bypass"), true],
  ["reject", t("Let nobody in"), LIVING.filter((state) => state !== "reject"), true],
  ["close", t("Close for good"), LIVING, false],
];

export function Steps({ store }: { store: RoomStore }) {
  const room = store.room!;
  const fits = (name: string, from: string[]): boolean => from.includes(room.state) && (name !== "lobby" || room.order === "draw");
  const take = async ({ reason }: Record<string, string>, form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> => {
    const name = button?.value ?? "";
    const isReasoned = [...STEPS, ...DANGEROUS].some(([step, , , reasoned]) => step === name && reasoned);
    if (isReasoned && !reason.trim()) throw new Said(t("Say why, so that the fans can read it."));
    if (await store.change("POST", `/${name}`, isReasoned ? { reason } : undefined)) form.reset();
  };
  const button = ([name, words, from]: (typeof STEPS)[number], look: string) => (
    <button name="step" value={name} class={`button ${look}`} data-test={name} disabled={!fits(name, from)}>{words}</button>
  );
  const shown = STEPS.filter(([name, , from]) => name === "pause" || name === "resume" || fits(name, from));
  return (
    <Card title={t("The line")}>
      <Form test="steps" send={take}>
        <Field label={t("Reason for a pause, or one of the exceptions below, as fans read it")}><input name="reason" maxLength={500} autocomplete="off" data-test="reason" /></Field>
        <div class="buttons">{shown.map((step) => button(step, ""))}</div>
        <details>
          <summary>{t("Exceptions, and the end")}</summary>
          <p class="small">{t("Each is asked about once more before it is done.")}</p>
          <div class="buttons">{DANGEROUS.map((step) => button(step, "danger"))}</div>
        </details>
      </Form>
    </Card>
  );
}
