// What the organizer has: rooms with their lines, and events with what is left of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, send, wrong } from "./ask";
import { type Me, may } from "./me";
import { useEvery } from "./source";
import type { AuditPage, Event, Room, Rooms } from "./types";
import { Bar, Card, Field, Form, Pill, Problem, Table } from "./ui";
import { count, moment, plain } from "./words";

/** No ticket has this number: an answer without the list of them. */
export const WITHOUT_TICKETS = "?ticketCursor=4294967295";

/** The most events that are looked at. */
const MOST = 60;

/** The events that are known of: those of rooms, those that one works for, and those that were made here. */
async function eventIds(me: Me, rooms: Room[]): Promise<string[]> {
  const made = me.chosen?.eventIds === undefined && may(me, "audit")
    ? await Promise.all(["event.create", "event.import"].map((operation) => get<AuditPage>(`/audit?operation=${operation}&limit=100`).catch(() => undefined)))
    : [];
  const told = made.flatMap((page) => page?.entries ?? []).flatMap((entry) => (entry.eventId ? [entry.eventId] : []));
  return [...new Set([...rooms.flatMap((room) => room.eventId ?? []), ...(me.chosen?.eventIds ?? []), ...told])].slice(0, MOST);
}

export function Home({ me }: { me: Me }) {
  const [rooms, put] = useState<Room[]>();
  const [events, show] = useState<Event[]>();
  const [problem, tell] = useState<string>();
  const known = useRef<string[] | undefined>(undefined);
  useEffect(() => { document.title = "Rooms and events: Usher console"; }, []);
  useEvery(5000, () => {
    void get<Rooms>("/room").then(async (told) => {
      put(told.rooms);
      tell(undefined);
      known.current ??= await eventIds(me, told.rooms);
      const looked = known.current.map((id) => get<Event>(`/event/${id}${WITHOUT_TICKETS}`).catch(() => undefined));
      show((await Promise.all(looked)).filter((event) => event !== undefined));
    }).catch((error: unknown) => tell(wrong(error)));
  }, []);
  return (
    <>
      <h1 class="vh">Rooms and events</h1>
      <Problem text={problem} />
      <RoomList rooms={rooms} />
      <EventList events={events} rooms={rooms ?? []} />
      {may(me, "room") && <NewRoom events={events ?? []} />}
    </>
  );
}

function RoomList({ rooms }: { rooms: Room[] | undefined }) {
  return (
    <Card title="Waiting rooms" test="room-list">
      {rooms?.length === 0 && <p class="quiet">No room yet. Make one below.</p>}
      <Table label="Waiting rooms" test="rooms" heads={["Room", "State", "#Waiting", "#Inside", "#Let in, last minute"]} rows={(rooms ?? []).map((room) => ({
        key: room.roomId,
        cells: [
          <a href={`/console/room/${room.roomId}`}>{room.name}</a>, <Pill state={room.state} />, count(room.live?.waiting),
          <>{count(room.live?.active)}<span class="of"> / {count(room.maxActive)}</span></>,
          <>{count(room.live?.admittedLastMinute)}<span class="of"> / {count(room.admitPerMinute)}</span></>,
        ],
      }))} />
    </Card>
  );
}

function EventList({ events, rooms }: { events: Event[] | undefined; rooms: Room[] }) {
  const sorted = [...(events ?? [])].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
  return (
    <Card title="Events" test="event-list">
      {events?.length === 0 && <p class="quiet">No event is known here yet.</p>}
      <Table label="Events" test="events" heads={["Event", "State", "Begins", "#Left", "Taken", "Room"]} rows={sorted.map((event) => {
        const room = rooms.find((one) => one.eventId === event.eventId && one.state !== "closed");
        return {
          key: event.eventId,
          cells: [
            <><a href={`/console/event/${event.eventId}`}>{event.title}</a><span class="under">{event.venue.name}, {event.venue.city}</span></>,
            <Pill state={event.state} words={plain(event.state)} />, <time dateTime={event.startsAt}>{moment(event.startsAt)}</time>,
            <>{count(event.ticketAvailable)}<span class="of"> / {count(event.ticketTotal)}</span></>,
            <Bar part={event.ticketTotal === 0 ? 0 : 1 - event.ticketAvailable / event.ticketTotal} />,
            room ? <a href={`/console/room/${room.roomId}`}>{room.state}</a> : <span class="quiet">none</span>,
          ],
        };
      })} />
    </Card>
  );
}

function NewRoom({ events }: { events: Event[] }) {
  return (
    <Card title="New waiting room">
      <Form test="create-form" className="fields" send={async ({ eventId, name, admitPerMinute, maxActive }) => {
        const room = await send<Room>("POST", "/room", { eventId, name, admitPerMinute: Number(admitPerMinute), maxActive: Number(maxActive) });
        location.assign(`/console/room/${room.roomId}`);
      }}>
        <Field label="Event id"><input name="eventId" required pattern="[0-9a-fA-F\-]{32,36}" autocomplete="off" list="known-events" data-test="event-id" /></Field>
        <datalist id="known-events">{events.map((event) => <option value={event.eventId}>{event.title}</option>)}</datalist>
        <Field label="Name"><input name="name" required maxLength={300} data-test="room-name" /></Field>
        <Field label="Let in a minute"><input name="admitPerMinute" type="number" min="0" max="1000000" defaultValue="60" required data-test="new-rate" /></Field>
        <Field label="Inside at most"><input name="maxActive" type="number" min="0" max="1000000" defaultValue="200" required data-test="new-cap" /></Field>
        <button class="button primary" data-test="create">Make the room</button>
      </Form>
    </Card>
  );
}
