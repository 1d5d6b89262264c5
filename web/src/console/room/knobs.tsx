// The rate and the cap, with what would come of them beside them before they hold; and the words to the line.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { heard } from "../heard";
import { rich, t } from "../t";
import type { Advice, Room } from "../types";
import { Card, Field, Form, NumberInput, Problem } from "../ui";
import { count, list, percent, short, span } from "../words";
import type { Forecast } from "./forecast";
import type { RoomStore } from "./store";
import { type Habits, type Outcome, reach } from "./whatif";

interface Props {
  store: RoomStore;
  forecast: Forecast;
  steers: boolean;
}

const MOST = 1_000_000;

/** A number by a slider and by its digits. */
function Knob({ label, name, value, now, set, steers }: {
  label: string; name: string; value: number; now: number; set: (value: number) => void; steers: boolean;
}) {
  const top = Math.max(reach(now), value);
  const step = Math.max(1, Math.round(top / 500));
  const take = (number: number): void => {
    if (Number.isInteger(number) && number >= 0 && number <= MOST) set(number);
  };
  return (
    <div class="knob">
      <label for={name}>{label}</label>
      <NumberInput id={name} name={name} min="0" max={MOST} required value={value} disabled={!steers} set={take} test={name} />
      <input type="range" min="0" max={top} step={step} value={value} disabled={!steers} aria-label={t("{name}, as a slider", { name: label })} onInput={(event) => take(event.currentTarget.valueAsNumber)} data-test={`${name}-slider`} />
      <span class="now">{value === now ? t("{n} now", { n: now }) : rich("{new} in place of {n}", { new: <b>{count(value)}</b>, n: count(now) })}</span>
    </div>
  );
}

export function Knobs({ store, forecast, steers }: Props) {
  const room = store.room!;
  const [rate, setRate] = useTouched(room.admitPerMinute);
  const [cap, setCap] = useTouched(room.maxActive);
  const [message, setMessage] = useTouched(room.message ?? "");
  useEffect(() => forecast.attempt(rate, cap), [rate, cap]);
  const isNew = rate !== room.admitPerMinute || cap !== room.maxActive;
  const save = async (): Promise<string | void> => {
    const body: Partial<Room> = {
      ...(rate !== room.admitPerMinute && { admitPerMinute: rate }), ...(cap !== room.maxActive && { maxActive: cap }),
      ...(message !== (room.message ?? "") && { message }),
    };
    if (Object.keys(body).length === 0) return t("Nothing is different.");
    if (await store.change("PUT", "", body)) return t("Applied as version {n}.", { n: store.room!.version });
  };
  const reset = (): void => {
    setRate(room.admitPerMinute);
    setCap(room.maxActive);
    setMessage(room.message ?? "");
  };
  return (
    <Card title={t("Rate and cap")} test="knobs">
      <Form test="settings" send={save}>
        <Knob label={t("Let in a minute")} name="rate" value={rate} now={room.admitPerMinute} set={setRate} steers={steers} />
        <Knob label={t("Inside at most")} name="cap" value={cap} now={room.maxActive} set={setCap} steers={steers} />
        <WhatIf forecast={forecast} isNew={isNew} wanted={`${rate}/${cap}`} waiting={store.live?.waiting ?? null} />
        {steers && (
          <>
            <Field label={t("Message to the line")}><textarea name="message" rows={2} maxLength={500} value={message} onInput={(event) => setMessage(event.currentTarget.value)} data-test="message" /></Field>
            <div class="buttons">
              <button class="button primary" data-test="save">{t("Apply")}</button>
              {(isNew || message !== (room.message ?? "")) && <button type="button" class="button" data-test="reset" onClick={reset}>{t("As it is")}</button>}
            </div>
          </>
        )}
      </Form>
      <Drive store={store} steers={steers} />
    </Card>
  );
}

/** What holds, until somebody touches it; and again from when it is applied on. */
function useTouched<T>(holds: T): [T, (value: T) => void] {
  const [value, set] = useState<{ typed: T } | undefined>();
  const before = useRef(holds);
  useEffect(() => {
    // What was typed and holds now is no longer something of one's own.
    set((it) => (it && it.typed === holds ? undefined : it));
    before.current = holds;
  }, [holds]);
  return [value ? value.typed : holds, (typed) => set(typed === holds ? undefined : { typed })];
}

const ROWS: [keyof Outcome, string, (of: Outcome, at: number) => string][] = [
  ["soldOut", t("Sold out"), ({ soldOut }, at) => (soldOut === null ? t("some are left") : list([short(at + soldOut * 1000), span(soldOut)]))],
  ["p50", t("Half wait up to"), ({ p50 }) => span(p50)],
  ["p90", t("Nine in ten up to"), ({ p90 }) => span(p90)],
  ["last", t("The last of them"), ({ last }) => span(last)],
  ["most", t("Inside at the most"), ({ most }) => count(most)],
  ["without", t("Find nothing left"), ({ without, soldOut }) => (soldOut === null ? "–" : count(without))],
];

function WhatIf({ forecast, isNew, wanted, waiting }: { forecast: Forecast; isNew: boolean; wanted: string; waiting: number | null }) {
  const { now, tried, triedFor, at, habits, setHabits, problem } = forecast;
  const settled = isNew && triedFor === wanted;
  return (
    <div class="what-if" data-test="what-if" data-for={settled ? wanted : ""}>
      <table>
        <caption>{t("What if? Forecast by the gate with {waiting} who wait", { waiting: count(waiting) })}</caption>
        <thead><tr><td /><th scope="col" class="n">{t("As it is")}</th><th scope="col" class="n">{t("With this")}</th></tr></thead>
        <tbody>
          {ROWS.map(([key, name, words]) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td class="n" data-test={`now-${key}`} data-value={now?.[key] ?? ""}>{now ? words(now, at) : "–"}</td>
              <td class={settled && now && tried && tried[key] !== now[key] ? "n other" : "n"} data-test={`try-${key}`} data-value={settled ? (tried?.[key] ?? "") : ""}>
                {!isNew ? "–" : settled && tried ? words(tried, at) : "…"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Problem text={problem} />
      <details>
        <summary>{t("It assumes that {come} come and {buy} of them buy", { come: percent(1 - habits.noShow), buy: percent(habits.buys) })}</summary>
        <div class="fields small-fields">
          <Guess label={t("Do not come, %")} value={habits.noShow * 100} most={99} set={(value) => setHabits({ ...habits, noShow: value / 100 })} />
          <Guess label={t("Buy, %")} value={habits.buys * 100} most={100} set={(value) => setHabits({ ...habits, buys: value / 100 })} />
          <Guess label={t("Tickets in an order")} value={habits.perOrder} most={20} least={1} set={(value) => setHabits({ ...habits, perOrder: value })} />
          <Guess label={t("Minutes in the shop")} value={habits.shops} most={60} least={1} set={(value) => setHabits({ ...habits, shops: value })} />
        </div>
        <p class="small">{t("The gate plays those who wait now through the same rule that calls them. Who comes later stands behind them.")}</p>
      </details>
    </div>
  );
}

function Guess({ label, value, least = 0, most, set }: { label: string; value: Habits[keyof Habits]; least?: number; most: number; set: (value: number) => void }) {
  return (
    <Field label={label}>
      <NumberInput min={least} max={most} step="any" value={Math.round(value * 10) / 10} set={(typed) => { if (typed >= least && typed <= most) set(typed); }} />
    </Field>
  );
}

/** The rate that the shop can bear, and letting a gate set it. */
function Drive({ store, steers }: { store: RoomStore; steers: boolean }) {
  const room = store.room!;
  const [advice, put] = useState<Advice>();
  const [problem, tell] = useState<string>();
  const look = (): void => void get<Advice>(`${store.base}/advice`)
    .then(async (told) => ({ ...told, reasons: await heard(told.reasons) })).then((told) => { put(told); tell(undefined); }, (error: unknown) => tell(wrong(error)));
  return (
    <details class="drive" onToggle={(event) => { if (event.currentTarget.open) look(); }}>
      <summary>{room.drive ? t("The gate sets the rate, {min} to {max}", { min: room.drive.min, max: room.drive.max }) : t("What can the shop bear?")}</summary>
      <Problem text={problem} />
      {advice && (
        <>
          <p><strong>{t("{n} a minute", { n: advice.admitPerMinute })}</strong> <span class="quiet">{t("strain {share}", { share: percent(advice.strain) })}</span></p>
          <ul class="small">{advice.reasons.map((reason) => <li>{reason}</li>)}</ul>
          <button type="button" class="button" onClick={look}>{t("Ask again")}</button>
        </>
      )}
      {steers && (room.drive
        ? <button type="button" class="button" data-test="hand-back" onClick={() => void send("DELETE", `${store.base}/drive`, undefined, room.version).then(() => store.readRoom(), (error: unknown) => tell(wrong(error)))}>{t("Take the rate back")}</button>
        : (
          <Form test="drive" className="fields small-fields" send={async ({ min, max, latencyMs }) => {
            await send("PUT", `${store.base}/drive`, { min: Number(min), max: Number(max), latencyMs: Number(latencyMs) }, room.version);
            await store.readRoom();
          }}>
            <Field label={t("At least a minute")}><input type="number" name="min" min="0" max={MOST} defaultValue={String(Math.ceil(room.admitPerMinute / 4))} required /></Field>
            <Field label={t("At most")}><input type="number" name="max" min="1" max={MOST} defaultValue={String(room.admitPerMinute * 2)} required /></Field>
            <Field label={t("Answers within, ms")}><input type="number" name="latencyMs" min="1" max="60000" defaultValue="1000" required /></Field>
            <button class="button">{t("Let the gate set the rate")}</button>
          </Form>
        ))}
    </details>
  );
}
