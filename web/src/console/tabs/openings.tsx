// What is planned, and what will hold at a moment if nobody changes anything.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { may } from "../me";
import { t } from "../t";
import type { Opening, Openings as Told, WillBe } from "../types";
import { Card, Field, Form, Pill, Problem } from "../ui";
import { instant, list, local, moment, plain } from "../words";
import type { RoomStore } from "../room/store";

export function Openings({ store }: { store: RoomStore }) {
  const room = store.room!;
  const steers = may(store.me, "room");
  const [openings, put] = useState<Opening[]>();
  const [problem, tell] = useState<string>();
  const path = `${store.base}/opening`;
  const look = (): void => void get<Told>(path).then(({ openings: all }) => put(all), (error: unknown) => tell(wrong(error)));
  useEffect(look, [room.version]);
  const remove = (opening: Opening): void => void send("DELETE", `${path}/${opening.openingId}`, undefined, room.version)
    .then(() => store.readRoom()).then(look).catch((error: unknown) => tell(wrong(error)));
  return (
    <div class="columns">
      <Card title={t("Planned openings")} test="openings">
        <Problem text={problem} />
        {openings?.length === 0 && <p class="quiet">{t("Nothing is planned.")}</p>}
        <ol class="rows">
          {(openings ?? []).map((opening) => (
            <li key={opening.openingId} data-test="opening">
              <div><strong>{moment(opening.startsAt)} – {moment(opening.endsAt)}</strong> <Pill state={opening.state} words={plain(opening.state)} />
                <span class="under">{said(opening)}</span>
              </div>
              {opening.begunAt ? <span class="quiet">{opening.endedAt ? t("over") : t("begun")}</span> : steers && <button type="button" class="link" onClick={() => remove(opening)}>{t("Remove")}</button>}
            </li>
          ))}
        </ol>
      </Card>
      <div>
        {steers && <NewOpening store={store} then={look} />}
        <WillHold store={store} />
      </div>
    </div>
  );
}

function said({ reason, admitPerMinute, maxActive, message }: Opening): string {
  return list([
    ...(admitPerMinute === null ? [] : [t("{n} a minute", { n: admitPerMinute })]), ...(maxActive === null ? [] : [t("{n} inside at most", { n: maxActive })]),
    ...[reason, message].filter((words) => words).map((words) => t("“{words}”", { words: words! })),
  ]) || t("with the room’s own settings");
}

function NewOpening({ store, then }: { store: RoomStore; then: () => void }) {
  const [state, choose] = useState("open");
  const begin = Math.ceil(Date.now() / 900_000) * 900_000;
  return (
    <Card title={t("Plan an opening")}>
      <Form test="opening-form" send={async ({ startsAt, endsAt, reason, admitPerMinute, maxActive, message }, form) => {
        const body = {
          startsAt: instant(startsAt), endsAt: instant(endsAt), state, ...(reason && { reason }), ...(admitPerMinute && { admitPerMinute: Number(admitPerMinute) }),
          ...(maxActive && { maxActive: Number(maxActive) }), ...(message && { message }),
        };
        if (!(await store.change("POST", "/opening", body))) return undefined;
        form.reset();
        then();
        return t("Planned.");
      }}>
        <div class="fields">
          <Field label={t("Begins")}><input type="datetime-local" name="startsAt" defaultValue={local(begin)} required data-test="starts-at" /></Field>
          <Field label={t("Ends")}><input type="datetime-local" name="endsAt" defaultValue={local(begin + 7_200_000)} required data-test="ends-at" /></Field>
          <Field label={t("What then")}>
            <select value={state} onChange={(event) => choose(event.currentTarget.value)}>
              <option value="open">{t("The line is open")}</option><option value="bypass">{t("Everybody is let through")}</option><option value="reject">{t("Nobody is let in")}</option>
            </select>
          </Field>
          {state !== "open" && <Field label={t("Reason, as fans read it")}><input name="reason" maxLength={500} required /></Field>}
          <Field label={t("Let in a minute")} hint={t("The room’s own where empty")}><input type="number" name="admitPerMinute" min="0" max="1000000" /></Field>
          <Field label={t("Inside at most")} hint={t("The room’s own where empty")}><input type="number" name="maxActive" min="0" max="1000000" /></Field>
        </div>
        <Field label={t("Message to the line")}><input name="message" maxLength={500} /></Field>
        <button class="button primary" data-test="plan">{t("Plan it")}</button>
      </Form>
    </Card>
  );
}

function WillHold({ store }: { store: RoomStore }) {
  const [will, put] = useState<WillBe>();
  return (
    <Card title={t("What will hold at…")}>
      <Form test="will-form" className="fields" send={async ({ at }) => put(await get<WillBe>(`${store.base}/preview?at=${encodeURIComponent(instant(at))}`))}>
        <Field label={t("Moment")}><input type="datetime-local" name="at" defaultValue={local(Date.now() + 3_600_000)} required /></Field>
        <button class="button">{t("Look")}</button>
      </Form>
      {will && (
        <p data-test="will"><Pill state={will.room.state} words={plain(will.room.state)} /> {list([
          t("{n} a minute", { n: will.room.admitPerMinute }), t("{n} inside at most", { n: will.room.maxActive }), ...(will.openingId ? [t("by an opening")] : []),
          ...(will.room.message ? [t("“{words}”", { words: will.room.message })] : []),
        ])}</p>
      )}
    </Card>
  );
}
