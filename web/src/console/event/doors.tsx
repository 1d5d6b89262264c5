// The doors of the event: who went in where, and the links with which they are worked at.
import { useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import { useEvery } from "../source";
import { t } from "../t";
import type { Doors as Told, Event, OpenedDoor } from "../types";
import { Card, Field, Form, Problem, Secret, Table, confirmed } from "../ui";
import { clock, count, moment } from "../words";

const CAUSES = { twiceIn: t("twice in"), revoked: t("code was revoked") };

export function Doors({ event }: { event: Event }) {
  const path = `/event/${event.eventId}/door`;
  const [told, put] = useState<Told>();
  const [opened, open] = useState<OpenedDoor>();
  const [problem, tell] = useState<string>();
  const look = (): void => void get<Told>(path).then((doors) => { put(doors); tell(undefined); }, (error: unknown) => tell(wrong(error)));
  useEvery(5000, look, []);
  const close = async (id: string, name: string): Promise<void> => {
    const yes = await confirmed({ title: t("Close “{name}”?", { name }), lines: [t("Whoever works at it scans nothing any more.")], yes: t("Close it") });
    if (yes) await send("DELETE", `${path}/${id}`).then(look, (error: unknown) => tell(wrong(error)));
  };
  return (
    <Card title={t("Doors")} test="doors" side={told && <span class="quiet">{t("{n} inside", { n: told.inside })}</span>}>
      <Form test="door-form" className="fields" send={async ({ name, hours }, form) => {
        open(await send<OpenedDoor>("POST", path, { name, hours: Number(hours) }, undefined, crypto.randomUUID()));
        form.reset();
        look();
      }}>
        <Field label={t("New door")}><input name="name" required maxLength={100} placeholder={t("North")} autocomplete="off" data-test="door-name" /></Field>
        <Field label={t("For so many hours")}><input name="hours" type="number" min="1" max="96" defaultValue="12" required /></Field>
        <button class="button primary" data-test="open-door">{t("Open it")}</button>
      </Form>
      {opened && <Secret label={t("Give this link to who works at “{name}”. It is shown once.", { name: opened.name })} text={new URL(opened.scanner, location.href).href} test="scanner" />}
      <Problem text={problem} />
      <Table label={t("Doors")} heads={[t("Door"), `#${t("In")}`, `#${t("Out")}`, `#${t("Refused")}`, t("Until"), `-${t("Close")}`]} rows={(told?.doors ?? []).map((door) => {
        const isOver = Date.parse(door.expiresAt) < Date.now();
        return {
          key: door.doorId, test: "door",
          cells: [
            door.name, count(door.in), count(door.out), count(door.refused), <time dateTime={door.expiresAt}>{door.revokedAt ? t("closed") : isOver ? t("over") : moment(door.expiresAt)}</time>,
            !door.revokedAt && !isOver && <button type="button" class="link" onClick={() => void close(door.doorId, door.name)}>{t("Close")}</button>,
          ],
        };
      })} />
      {told && told.conflicts.length > 0 && (
        <>
          <h3>{t("To look at")}</h3>
          <ul class="rows">{told.conflicts.map((one) => (
            <li key={one.scan.scanId}><div><strong>{one.place}</strong> {CAUSES[one.cause]}<span class="under">{one.scan.door}, {clock(one.scan.at)}{one.first && t("; before at {door}, {time}", { door: one.first.door, time: clock(one.first.at) })}</span></div></li>
          ))}</ul>
        </>
      )}
    </Card>
  );
}
