// What the organizer has: rooms with their lines, and events with what is left of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, send, wrong } from "./ask";
import { type Me, may, mayAll } from "./me";
import { useEvery } from "./source";
import { t } from "./t";
import type { Event, Events, Room, Rooms } from "./types";
import { Bar, Card, Field, Form, Pill, Problem, Table, titled } from "./ui";
import { count, moment, plain } from "./words";

/** No ticket has this number: an answer without the list of them. */
export const WITHOUT_TICKETS = "?ticketCursor=4294967295";

/** The most events that are looked at one by one. */
const MOST = 40;

type Listed = Events["events"][number] & { seen?: Event };

/** The events, those that begin soonest first, and what of them is left; what is over stands last. */
async function look(listed: Listed[]): Promise<Listed[]> {
  const now = new Date(Date.now() - 86_400_000).toISOString();
  const sorted = [...listed].sort((a, b) => Number(a.startsAt < now) - Number(b.startsAt < now) || a.startsAt.localeCompare(b.startsAt));
  return Promise.all(sorted.map(async (event, index) => {
    if (index >= MOST) return event;
    const seen = await get<Event>(`/event/${event.eventId}${WITHOUT_TICKETS}`).catch(() => undefined);
    return seen ? { ...event, seen } : event;
  }));
}

export function Home({ me }: { me: Me }) {
  const [rooms, put] = useState<Room[]>();
  const [events, show] = useState<Listed[]>();
  const [next, turn] = useState<string>();
  const [problem, tell] = useState<string>();
  const known = useRef<Listed[] | undefined>(undefined);
  const read = async (path: string): Promise<void> => {
    const page = await get<Events>(path);
    known.current = [...(known.current ?? []), ...page.events];
    turn(page.next);
    show(await look(known.current));
  };
  useEffect(() => { titled(t("Rooms and events")); }, []);
  const fail = (error: unknown): void => tell(wrong(error));
  useEvery(5000, () => void (may(me, "look") && get<Rooms>("/room").then((told) => { put(told.rooms); tell(undefined); }, fail)), []);
  useEffect(() => void (may(me, "look") && read("/event").catch(fail)), []);
  useEvery(20_000, () => { if (known.current) void look(known.current).then(show, fail); }, []);
  if (!may(me, "look")) return <Card title={t("Doors")}><p>{t("Your role opens doors and checks tickets: ask for the link to your event’s page.")}</p></Card>;
  return (
    <>
      <h1 class="vh">{t("Rooms and events")}</h1>
      <Problem text={problem} />
      <RoomList rooms={rooms} />
      <EventList events={events} rooms={rooms ?? []} makes={mayAll(me, "catalog")} more={next ? () => void read(next).catch(fail) : undefined} />
      {may(me, "room") && <NewRoom events={events ?? []} />}
    </>
  );
}

function RoomList({ rooms }: { rooms: Room[] | undefined }) {
  return (
    <Card title={t("Waiting rooms")} test="room-list">
      {rooms?.length === 0 && <p class="quiet">{t("No room yet. Make one below.")}</p>}
      <Table label={t("Waiting rooms")} test="rooms" heads={[t("Room"), t("State"), `#${t("Waiting")}`, `#${t("Inside")}`, `#${t("Let in, last minute")}`]} rows={(rooms ?? []).map((room) => ({
        key: room.roomId,
        cells: [
          <a href={`/console/room/${room.roomId}`}>{room.name}</a>, <Pill state={room.state} words={plain(room.state)} />, count(room.live?.waiting),
          <>{count(room.live?.active)}<span class="of"> / {count(room.maxActive)}</span></>,
          <>{count(room.live?.admittedLastMinute)}<span class="of"> / {count(room.admitPerMinute)}</span></>,
        ],
      }))} />
    </Card>
  );
}

function EventList({ events, rooms, more, makes }: { makes: boolean; events: Listed[] | undefined; rooms: Room[]; more: (() => void) | undefined }) {
  return (
    <Card title={t("Events")} test="event-list" side={makes && <a class="button" href="/console/edit" data-test="new-event">{t("New event")}</a>}>
      {events?.length === 0 && <p class="quiet">{t("No event yet.")}</p>}
      <Table label={t("Events")} test="events" heads={[t("Event"), t("State"), t("Begins"), `#${t("Left")}`, t("Taken"), t("Room")]} rows={(events ?? []).map((event) => {
        const room = rooms.find((one) => one.eventId === event.eventId && one.state !== "closed");
        const { seen } = event;
        const state = seen?.state ?? event.publication;
        return {
          key: event.eventId,
          cells: [
            <><a href={`/console/event/${event.eventId}`}>{event.title}</a><span class="under">{event.venue}, {event.city}</span></>,
            <Pill state={state} words={plain(state)} />, <time dateTime={event.startsAt}>{moment(event.startsAt)}</time>,
            <>{count(seen?.ticketAvailable)}<span class="of"> / {count(seen?.ticketTotal)}</span></>,
            <Bar part={seen?.ticketTotal ? 1 - seen.ticketAvailable / seen.ticketTotal : 0} />,
            room ? <a href={`/console/room/${room.roomId}`}>{plain(room.state)}</a> : <span class="quiet">{t("none")}</span>,
          ],
        };
      })} />
      {more && <button type="button" class="button" data-test="more-events" onClick={more}>{t("Older ones")}</button>}
    </Card>
  );
}

function NewRoom({ events }: { events: Listed[] }) {
  return (
    <Card title={t("New waiting room")}>
      <Form test="create-form" className="fields" send={async ({ eventId, name, admitPerMinute, maxActive }) => {
        const room = await send<Room>("POST", "/room", { eventId, name, admitPerMinute: Number(admitPerMinute), maxActive: Number(maxActive) });
        location.assign(`/console/room/${room.roomId}`);
      }}>
        <Field label={t("Event id")}><input name="eventId" required pattern="[0-9a-fA-F\-]{32,36}" autocomplete="off" list="known-events" data-test="event-id" /></Field>
        <datalist id="known-events">{events.map((event) => <option value={event.eventId}>{event.title}</option>)}</datalist>
        <Field label={t("Name")}><input name="name" required maxLength={300} data-test="room-name" /></Field>
        <Field label={t("Let in a minute")}><input name="admitPerMinute" type="number" min="0" max="1000000" defaultValue="60" required data-test="new-rate" /></Field>
        <Field label={t("Inside at most")}><input name="maxActive" type="number" min="0" max="1000000" defaultValue="200" required data-test="new-cap" /></Field>
        <button class="button primary" data-test="create">{t("Make the room")}</button>
      </Form>
    </Card>
  );
}
