// What is said of an event: made as a draft, changed, published, called off or taken away.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../../shared/api";
import { get, send, wrong } from "../ask";
import { WITHOUT_TICKETS } from "../home";
import type { Shown } from "../main";
import { may, mayAll } from "../me";
import { t } from "../t";
import type { Event } from "../types";
import { Card, Field, Form, Pill, Problem, Said, confirmed, titled } from "../ui";
import { plain } from "../words";
import { type Facts, facts } from "../body";
import { type Venue, VenueFields, everything, venueOf, venues } from "./venue";
import { instant, wall } from "./zone";

interface Performer {
  performerId: string;
  name: string;
}

const categories = (): [string, string][] => [
  ["concert", t("concert")], ["sport", t("sport")], ["theatre", t("theatre")], ["conference", t("conference")], ["other", t("other")],
];

/** What is written and not saved, until the window is closed. */
const keyOf = (id: string): string => `usher-event-${id || "new"}`;

const DAY = 86_400_000;

/** What the fields hold of an event, or of none. */
function values(event: Event | undefined): Record<string, string> {
  if (!event) return { category: "concert", currency: "EUR", ticketLimit: "8" };
  const { timeZone: zone } = event;
  return {
    title: event.title, description: event.description, category: event.category, venueId: event.venue.venueId,
    startsAt: wall(event.startsAt, zone), salesStart: wall(event.salesStart, zone), salesEnd: wall(event.salesEnd, zone),
    currency: event.currency, ticketLimit: String(event.ticketLimit), imageUrl: event.image?.url ?? "", imageAlt: event.image?.alt ?? "",
    performers: event.performers.map((one) => one.name).join("\n"),
  };
}

/** A new event begins in a month at eight, and is sold from tomorrow on. */
function soon(zone: string): Record<string, string> {
  const day = (days: number, time: string): string => `${wall(new Date(Date.now() + days * DAY).toISOString(), zone).slice(0, 10)}T${time}`;
  return { startsAt: day(30, "20:00"), salesStart: day(1, "10:00"), salesEnd: day(30, "19:00") };
}

export function EditPage({ me, id }: Shown) {
  const [event, put] = useState<Event>();
  const [halls, know] = useState<Venue[]>();
  const [people, meet] = useState<Performer[]>([]);
  const [problem, tell] = useState<string>();
  const look = async (): Promise<void> => {
    const own = mayAll(me, "look");
    const [told, all, known] = await Promise.all([
      id ? get<Event>(`/event/${id}${WITHOUT_TICKETS}`) : undefined, own ? venues() : [], own ? everything<Performer>("/performer", "performers") : [],
    ]);
    put(told);
    // Who works for this event only sees its venue, and no other.
    know(all.length === 0 && told ? [{ ...told.venue, timeZone: told.timeZone, address: told.venue.address ?? "" }] : all);
    meet([...known, ...(told?.performers ?? []).filter((one) => !known.some((other) => other.performerId === one.performerId))]);
  };
  useEffect(() => { void look().catch((error: unknown) => tell(wrong(error))); }, []);
  useEffect(() => { titled(event?.title ?? t("New event")); }, [event?.title]);
  if (problem) return <div class="card alone"><h1>{t("Not here")}</h1><p data-test="problem">{problem}</p><p><a href="/console">{t("All events")}</a></p></div>;
  if (!halls || (id && !event)) return <p class="quiet" role="status">{t("Loading …")}</p>;
  if (!(id ? may(me, "catalog") : mayAll(me, "catalog"))) return <Problem text={t("Your role does not make or change events.")} />;
  return (
    <>
      <header class="room-head">
        <div class="title"><h1 data-test="name">{event?.title ?? t("New event")}</h1>{event && <Pill state={event.state} words={plain(event.state)} test="state" />}</div>
        {event && (
          <p class="paths">
            <a href={`/console/event/${event.eventId}`}>{t("Sales")}</a>
            <a href={`/console/plan/${event.eventId}`} data-test="to-plan">{t("Seats, tiers and prices")}</a>
            <a href={`/e/${event.eventId}`}>{t("The page of fans")}</a>
          </p>
        )}
      </header>
      <Said_ event={event} halls={halls} people={people} look={look} />
      {event && <Steps event={event} look={look} />}
    </>
  );
}

function Said_({ event, halls, people, look }: { event: Event | undefined; halls: Venue[]; people: Performer[]; look: () => Promise<void> }) {
  const key = keyOf(event?.eventId ?? "");
  const kept = useRef(JSON.parse(sessionStorage.getItem(key) ?? "null") as Record<string, string> | null);
  const zoneOf = (venueId: string): string => halls.find((one) => one.venueId === venueId)?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [hall, choose] = useState(kept.current?.["venueId"] ?? event?.venue.venueId ?? halls[0]?.venueId ?? "new");
  const [restored, is] = useState(kept.current !== null);
  const [version, at] = useState(Number(kept.current?.["version"] ?? event?.version ?? 0));
  const [turn, again] = useState(0);
  const [shown, see] = useState(event);
  const [theirs, lose] = useState(false);
  const first: Record<string, string> = { ...(event ? {} : soon(zoneOf(hall))), ...values(shown), ...kept.current };
  const form = useRef<HTMLDivElement>(null);
  const keep = (): void => {
    const fields = new FormData(form.current!.closest("form")!);
    const said = Object.fromEntries([...fields].map(([name, value]) => [name, String(value)]));
    sessionStorage.setItem(key, JSON.stringify({ ...said, version: String(version) }));
  };
  const forget = (): void => {
    sessionStorage.removeItem(key);
    kept.current = null;
    is(false);
    lose(false);
  };
  const anew = async (): Promise<void> => {
    const now = await get<Event>(`/event/${event!.eventId}${WITHOUT_TICKETS}`);
    // All at once: a field that somebody writes in meanwhile would be written over.
    forget();
    see(now);
    at(now.version);
    choose(now.venue.venueId);
    again((before) => before + 1);
    await look();
  };
  const over = async (): Promise<void> => {
    const now = await get<Event>(`/event/${event!.eventId}${WITHOUT_TICKETS}`);
    at(now.version);
    lose(false);
  };
  const submit = async (said: Record<string, string>): Promise<string | void> => {
    const venueId = hall === "new" ? (await send<Venue>("POST", "/venue", venueOf(said))).venueId : hall;
    const zone = hall === "new" ? said["timeZone"] : zoneOf(hall);
    const time = (name: string): string => instant(said[name], zone);
    const image = said["imageUrl"].trim();
    if (time("salesStart") >= time("salesEnd")) throw new Said(t("The sale ends before it begins."));
    const body: Facts = {
      ...(event?.externalId !== undefined && { externalId: event.externalId }), ...(image && { image: { url: image, alt: said["imageAlt"].trim() } }),
      venueId, performerIds: await billed(said["performers"], people), title: said["title"].trim(), description: said["description"], category: said["category"],
      startsAt: time("startsAt"), salesStart: time("salesStart"), salesEnd: time("salesEnd"), currency: event?.currency ?? said["currency"].trim().toUpperCase(),
      ticketLimit: Number(said["ticketLimit"]),
    };
    if (!event) {
      const made = await send<Event>("POST", "/event", { ...body, tiers: [], state: "draft" });
      forget();
      location.assign(`/console/plan/${made.eventId}`);
      return;
    }
    try {
      const now = await send<Event>("PUT", `/event/${event.eventId}`, body, version);
      at(now.version);
      forget();
      await look();
      if (hall === "new") choose(venueId);
      return t("Saved.");
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 412) throw error;
      lose(true);
      throw new Said(t("Somebody else changed this event meanwhile. What you wrote is still here."));
    }
  };
  return (
    <Card test="event-form-card">
      <Form test="event-form" send={submit}>
        <div ref={form} key={turn} onInput={keep}>
          {restored && event && <p class="note" data-test="restored">{t("This is what you wrote and did not save.")} <button type="button" class="link" data-test="discard" onClick={() => void anew()}>{t("Throw it away")}</button></p>}
          <Field label={t("Title")}><input name="title" required maxLength={300} defaultValue={first["title"] ?? ""} autocomplete="off" data-test="title" /></Field>
          <Field label={t("About it")}><textarea name="description" rows={5} maxLength={20_000} defaultValue={first["description"] ?? ""} data-test="description" /></Field>
          <div class="fields tops">
            <Field label={t("Kind")}>
              <select name="category" data-test="category">{categories().map(([value, words]) => <option value={value} selected={value === first["category"]}>{words}</option>)}</select>
            </Field>
            <Field label={t("Tickets for one person, at most")}><input name="ticketLimit" type="number" required min="1" max="100" defaultValue={first["ticketLimit"]} data-test="limit" /></Field>
            <Field label={t("Currency")} hint={event ? t("stays: prices are in it") : t("three letters, such as EUR")}>
              <input name="currency" required={!event} disabled={event !== undefined} pattern="[A-Za-z]{3}" maxLength={3} defaultValue={first["currency"]} autocomplete="off" data-test="currency" />
            </Field>
          </div>
          <Field label={t("Who performs")} hint={t("one name a line, in the order of the bill; who is not known yet is made")}>
            <textarea name="performers" rows={2} defaultValue={first["performers"] ?? ""} data-test="performers" />
          </Field>
          <h2 class="part">{t("Where and when")}</h2>
          <Field label={t("Venue")}>
            <select name="venueId" value={hall} data-test="venue" onChange={(change) => choose(change.currentTarget.value)}>
              {halls.map((one) => <option value={one.venueId}>{one.name}, {one.city}</option>)}
              <option value="new">{t("a new venue …")}</option>
            </select>
          </Field>
          {hall === "new" && <fieldset class="checks whole-fields"><legend>{t("New venue")}</legend><VenueFields /></fieldset>}
          <p class="quiet small" data-test="zone">{hall === "new" ? t("Times are those of the venue.") : t("Times are those of the venue: {zone}.", { zone: zoneOf(hall) })}</p>
          <div class="fields tops">
            {([["startsAt", t("Begins")], ["salesStart", t("Sale begins")], ["salesEnd", t("Sale ends")]] as const).map(([name, words]) => (
              <Field label={words}><input name={name} type="datetime-local" required defaultValue={first[name] ?? ""} data-test={name} /></Field>
            ))}
          </div>
          <h2 class="part">{t("Picture")}</h2>
          <div class="fields tops">
            <Field label={t("Address")} hint={t("begins with https://")}><input name="imageUrl" type="url" pattern="https://.*" maxLength={2000} defaultValue={first["imageUrl"] ?? ""} autocomplete="off" data-test="image" /></Field>
            <Field label={t("What it shows")} hint={t("for who cannot see it")}><input name="imageAlt" maxLength={500} defaultValue={first["imageAlt"] ?? ""} autocomplete="off" data-test="image-alt" /></Field>
          </div>
        </div>
        {theirs && (
          <div class="note bad" data-test="rival"><div class="buttons">
            <button type="button" class="button" data-test="adopt" onClick={() => void anew()}>{t("Show what is there now")}</button>
            <button type="button" class="button" data-test="overwrite" onClick={() => void over()}>{t("Keep mine, and save again")}</button>
          </div></div>
        )}
        <button class="button primary" data-test="save">{event ? t("Save") : t("Make the draft, and draw its seats")}</button>
      </Form>
    </Card>
  );
}

/** The performers of these names, in this order; those who are not there are made. */
async function billed(names: string, people: readonly Performer[]): Promise<string[]> {
  const wanted = [...new Set(names.split("\n").map((name) => name.trim()).filter(Boolean))];
  const ids: string[] = [];
  for (const name of wanted) {
    const known = people.find((one) => one.name.toLowerCase() === name.toLowerCase());
    ids.push(known?.performerId ?? (await send<Performer>("POST", "/performer", { name })).performerId);
  }
  return ids;
}

function Steps({ event, look }: { event: Event; look: () => Promise<void> }) {
  const [problem, tell] = useState<string>();
  const put = async (state: NonNullable<Facts["state"]>): Promise<void> => {
    const now = await get<Event>(`/event/${event.eventId}${WITHOUT_TICKETS}`);
    await send("PUT", `/event/${event.eventId}`, { ...facts(now), state }, now.version);
    await look();
  };
  const step = (question: Parameters<typeof confirmed>[0], run: () => Promise<void>): void => {
    tell(undefined);
    void confirmed(question).then((yes) => (yes ? run() : undefined)).catch((error: unknown) => tell(wrong(error)));
  };
  const draft = event.state === "draft";
  return (
    <Card title={draft ? t("Publish") : t("State")} test="steps">
      <Problem text={problem} />
      <div class="buttons">
        {draft && (
          <button type="button" class="button primary" data-test="publish" disabled={event.ticketTotal === 0} onClick={() => step({
            title: t("Publish “{title}”?", { title: event.title }),
            lines: [t("{n} ticket|{n} tickets", { n: event.ticketTotal }), t("Fans find it from now on, and buy when the sale begins."), t("Seats, tiers and prices cannot be changed afterwards.")], yes: t("Publish"),
          }, () => put("published"))}>{t("Publish …")}</button>
        )}
        {event.state === "postponed" && <button type="button" class="button" data-test="republish" onClick={() => step({ title: t("Publish “{title}”?", { title: event.title }), lines: [t("It takes place at the time that stands above.")], yes: t("Publish") }, () => put("published"))}>{t("It takes place")}</button>}
        {!draft && event.state !== "postponed" && event.state !== "cancelled" && (
          <button type="button" class="button" data-test="postpone" onClick={() => step({ title: t("Postpone “{title}”?", { title: event.title }), lines: [t("Nobody can buy until it takes place again. What was bought stays good."), t("Everybody who has a ticket is told.")], yes: t("Postpone") }, () => put("postponed"))}>{t("Postpone …")}</button>
        )}
        {(draft || event.ticketAvailable === event.ticketTotal) && (
          <button type="button" class="button danger" data-test="delete" onClick={() => step({ title: t("Delete “{title}”?", { title: event.title }), lines: [t("The event and its plan are gone for good. It cannot be deleted once anything was ordered.")], yes: t("Delete") }, async () => {
            await send("DELETE", `/event/${event.eventId}`);
            location.assign("/console");
          })}>{t("Delete …")}</button>
        )}
      </div>
      {draft && event.ticketTotal === 0 && <p class="quiet">{t("There is nothing to sell yet: draw its seats first.")}</p>}
    </Card>
  );
}
