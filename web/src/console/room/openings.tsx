// What is planned, and what will hold at a moment if nobody changes anything.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { may } from "../me";
import type { Opening, Openings as Told, WillBe } from "../types";
import { Card, Field, Form, Pill, Problem } from "../ui";
import { count, instant, local, moment } from "../words";
import type { RoomStore } from "./store";

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
      <Card title="Planned openings" test="openings">
        <Problem text={problem} />
        {openings?.length === 0 && <p class="quiet">Nothing is planned.</p>}
        <ol class="rows">
          {(openings ?? []).map((opening) => (
            <li key={opening.openingId} data-test="opening">
              <div><strong>{moment(opening.startsAt)} – {moment(opening.endsAt)}</strong> <Pill state={opening.state} />
                <span class="under">{said(opening)}</span>
              </div>
              {opening.begunAt ? <span class="quiet">{opening.endedAt ? "over" : "begun"}</span> : steers && <button type="button" class="link" onClick={() => remove(opening)}>Remove</button>}
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
  return [
    admitPerMinute !== null && `${count(admitPerMinute)} a minute`, maxActive !== null && `${count(maxActive)} inside at most`, reason && `“${reason}”`, message && `“${message}”`,
  ].filter(Boolean).join(", ") || "with the room’s own settings";
}

function NewOpening({ store, then }: { store: RoomStore; then: () => void }) {
  const [state, choose] = useState("open");
  const begin = Math.ceil(Date.now() / 900_000) * 900_000;
  return (
    <Card title="Plan an opening">
      <Form test="opening-form" send={async ({ startsAt, endsAt, reason, admitPerMinute, maxActive, message }, form) => {
        const body = {
          startsAt: instant(startsAt), endsAt: instant(endsAt), state, ...(reason && { reason }), ...(admitPerMinute && { admitPerMinute: Number(admitPerMinute) }),
          ...(maxActive && { maxActive: Number(maxActive) }), ...(message && { message }),
        };
        if (!(await store.change("POST", "/opening", body))) return undefined;
        form.reset();
        then();
        return "Planned.";
      }}>
        <div class="fields">
          <Field label="Begins"><input type="datetime-local" name="startsAt" defaultValue={local(begin)} required data-test="starts-at" /></Field>
          <Field label="Ends"><input type="datetime-local" name="endsAt" defaultValue={local(begin + 7_200_000)} required data-test="ends-at" /></Field>
          <Field label="What then">
            <select value={state} onChange={(event) => choose(event.currentTarget.value)}>
              <option value="open">The line is open</option><option value="bypass">Everybody is let through</option><option value="reject">Nobody is let in</option>
            </select>
          </Field>
          {state !== "open" && <Field label="Reason, as fans read it"><input name="reason" maxLength={500} required /></Field>}
          <Field label="Let in a minute" hint="The room’s own where empty"><input type="number" name="admitPerMinute" min="0" max="1000000" /></Field>
          <Field label="Inside at most" hint="The room’s own where empty"><input type="number" name="maxActive" min="0" max="1000000" /></Field>
        </div>
        <Field label="Message to the line"><input name="message" maxLength={500} /></Field>
        <button class="button primary" data-test="plan">Plan it</button>
      </Form>
    </Card>
  );
}

function WillHold({ store }: { store: RoomStore }) {
  const [will, put] = useState<WillBe>();
  return (
    <Card title="What will hold at…">
      <Form test="will-form" className="fields" send={async ({ at }) => put(await get<WillBe>(`${store.base}/preview?at=${encodeURIComponent(instant(at))}`))}>
        <Field label="Moment"><input type="datetime-local" name="at" defaultValue={local(Date.now() + 3_600_000)} required /></Field>
        <button class="button">Look</button>
      </Form>
      {will && (
        <p data-test="will"><Pill state={will.room.state} /> {count(will.room.admitPerMinute)} a minute, {count(will.room.maxActive)} inside at most{will.openingId ? ", by an opening" : ""}
          {will.room.message && <> “{will.room.message}”</>}</p>
      )}
    </Card>
  );
}
