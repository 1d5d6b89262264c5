// The fields of a venue, and the page of all of them.
import { useEffect, useState } from "preact/hooks";
import { get, send, wrong } from "../ask";
import type { Shown } from "../main";
import { mayAll } from "../me";
import { t } from "../t";
import { Card, Field, Form, Problem, Said, confirmed, titled } from "../ui";
import { isZone } from "./zone";

export interface Venue {
  venueId: string;
  externalId?: string;
  name: string;
  address?: string;
  city: string;
  country: string;
  latitude: number;
  longitude: number;
  timeZone: string;
}

/** All of what the organizer has, page by page; at most so many pages. */
export async function everything<T>(path: string, list: string): Promise<T[]> {
  const all: T[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined && page < 20; page += 1) {
    const told: Record<string, unknown> = await get<Record<string, unknown>>(next);
    all.push(...(told[list] as T[]));
    next = told["next"] as string | undefined;
  }
  return all;
}

export const venues = (): Promise<Venue[]> =>
  everything<Venue>("/venue", "venues").then((all) => all.sort((a, b) => a.name.localeCompare(b.name)));

/** What the fields say, as the call takes it. */
export function venueOf(said: Record<string, string>, before?: Venue): Omit<Venue, "venueId"> {
  if (!isZone(said["timeZone"])) throw new Said(t("There is no time zone {zone}. It is called like Europe/Berlin.", { zone: said["timeZone"] }));
  const address = said["address"].trim();
  return {
    ...(before?.externalId !== undefined && { externalId: before.externalId }), ...(address && { address }),
    name: said["venueName"].trim(), city: said["city"].trim(), country: said["country"].trim().toUpperCase(),
    latitude: Number(said["latitude"]), longitude: Number(said["longitude"]), timeZone: said["timeZone"].trim(),
  };
}

const zones = (): string[] => Intl.supportedValuesOf("timeZone");

export function VenueFields({ venue }: { venue?: Venue }) {
  return (
    <div class="fields tops">
      <Field label={t("Name")}><input name="venueName" required maxLength={300} defaultValue={venue?.name ?? ""} autocomplete="off" data-test="venue-name" /></Field>
      <Field label={t("Street and number")}><input name="address" maxLength={500} defaultValue={venue?.address ?? ""} autocomplete="off" data-test="address" /></Field>
      <Field label={t("City")}><input name="city" required maxLength={200} defaultValue={venue?.city ?? ""} autocomplete="off" data-test="city" /></Field>
      <Field label={t("Country")} hint={t("two letters, such as DE")}><input name="country" required pattern="[A-Za-z]{2}" maxLength={2} defaultValue={venue?.country ?? ""} autocomplete="off" data-test="country" /></Field>
      <Field label={t("Degrees north")}><input name="latitude" type="number" required min="-90" max="90" step="any" defaultValue={String(venue?.latitude ?? "")} data-test="latitude" /></Field>
      <Field label={t("Degrees east")}><input name="longitude" type="number" required min="-180" max="180" step="any" defaultValue={String(venue?.longitude ?? "")} data-test="longitude" /></Field>
      <Field label={t("Time zone")} hint={t("such as Europe/Berlin")}>
        <input name="timeZone" required list="time-zones" defaultValue={venue?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone} autocomplete="off" data-test="time-zone" />
      </Field>
      <datalist id="time-zones">{zones().map((zone) => <option value={zone} />)}</datalist>
    </div>
  );
}

export function VenuesPage({ me }: Shown) {
  const [all, put] = useState<Venue[]>();
  const [open, turn] = useState<string>();
  const [problem, tell] = useState<string>();
  const look = (): Promise<void> => venues().then(put, (error: unknown) => tell(wrong(error)));
  useEffect(() => { titled(t("Venues")); void look(); }, []);
  const writes = mayAll(me, "catalog");
  return (
    <>
      <h1>{t("Venues")}</h1>
      <Problem text={problem} />
      <Card title={t("Your venues")} test="venues">
        {all?.length === 0 && <p class="quiet">{t("No venue yet.")}</p>}
        <ul class="rows">
          {(all ?? []).map((venue) => (
            <li key={venue.venueId} data-test="venue" data-name={venue.name}>
              <div><strong>{venue.name}</strong><span class="under">{[venue.address, venue.city, venue.country, venue.timeZone].filter(Boolean).join(", ")}</span></div>
              {writes && (
                <button type="button" class="link" aria-expanded={open === venue.venueId} data-test="venue-edit" onClick={() => turn(open === venue.venueId ? undefined : venue.venueId)}>
                  {t("Change")}<span class="vh"> {venue.name}</span>
                </button>
              )}
              {open === venue.venueId && <Change venue={venue} then={() => { turn(undefined); void look(); }} />}
            </li>
          ))}
        </ul>
      </Card>
      {writes && (
        <Card title={t("New venue")} test="new-venue">
          <Form test="venue-form" key={all?.length ?? 0} send={async (said) => {
            await send("POST", "/venue", venueOf(said));
            await look();
          }}>
            <VenueFields />
            <button class="button primary" data-test="venue-make">{t("Make the venue")}</button>
          </Form>
        </Card>
      )}
    </>
  );
}

/** Changes the venue as it is now: it is read with its version first. */
function Change({ venue: { venueId }, then }: { venue: Venue; then: () => void }) {
  const [read, put] = useState<{ venue: Venue; tag: string }>();
  const [problem, tell] = useState<string>();
  const look = async (): Promise<void> => {
    const answer = await fetch(`/venue/${venueId}`, { headers: { accept: "application/json" } });
    put({ venue: (await answer.json()) as Venue, tag: answer.headers.get("etag") ?? "" });
  };
  useEffect(() => void look().catch((error: unknown) => tell(wrong(error))), []);
  const gone = async (): Promise<void> => {
    const yes = await confirmed({ title: t("Delete “{name}”?", { name: read!.venue.name }), lines: [t("It cannot be deleted while events name it.")], yes: t("Delete") });
    if (yes) await send("DELETE", `/venue/${venueId}`).then(then, (error: unknown) => tell(wrong(error)));
  };
  if (!read) return problem ? <Problem text={problem} /> : <p class="quiet" role="status">{t("Loading …")}</p>;
  return (
    <Form test="venue-change" key={read.tag} className="whole-row" send={async (said) => {
      await send("PUT", `/venue/${venueId}`, venueOf(said, read.venue), Number(read.tag.replace(/\D/g, "")));
      then();
    }}>
      <VenueFields venue={read.venue} />
      <Problem text={problem} />
      <div class="buttons">
        <button class="button primary" data-test="venue-save">{t("Save")}</button>
        <button type="button" class="button" onClick={() => void look()}>{t("Read it anew")}</button>
        <button type="button" class="button danger" data-test="venue-delete" onClick={() => void gone()}>{t("Delete")}</button>
      </div>
    </Form>
  );
}
