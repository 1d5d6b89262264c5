// How one event sells, and what the organizer takes out of the sale.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../../shared/api";
import { price } from "../../shared/money";
import { download, get, wrong } from "../ask";
import { WITHOUT_TICKETS } from "../home";
import type { Shown } from "../main";
import { type Me, may } from "../me";
import { useEvery } from "../source";
import { t } from "../t";
import type { Event, Room, Rooms, SalesReport } from "../types";
import { Bar, Card, Pill, Problem, Table, Tile } from "../ui";
import { count, moment, percent, plain } from "../words";
import { Allocations } from "./allocations";
import { Doors } from "./doors";
import { type Rate, held, pace, tiers } from "./figures";
import { Report } from "./report";

/** How long the pace is measured over, in seconds. */
const PACE = 300;

export function EventPage({ me, id }: Shown) {
  const [event, put] = useState<Event>();
  const [sales, sell] = useState<SalesReport>();
  const [rooms, found] = useState<Room[]>([]);
  const [problem, tell] = useState<string>();
  const [missing, miss] = useState<string>();
  const seen = useRef<Rate[]>([]);
  useEffect(() => { void get<Rooms>("/room").then((told) => found(told.rooms.filter((room) => room.eventId === id && room.state !== "closed")), () => {}); }, []);
  useEffect(() => { if (event) document.title = `${event.title}: Usher console`; }, [event?.title]);
  useEvery(4000, () => {
    const asked = may(me, "figures") ? get<SalesReport>(`/event/${id}/sales`) : Promise.resolve(undefined);
    Promise.all([get<Event>(`/event/${id}${WITHOUT_TICKETS}`), asked]).then(([told, sold]) => {
      const now = Date.now() / 1000;
      seen.current = [...seen.current.filter(({ at }) => at > now - PACE), { at: now, left: told.ticketAvailable }];
      put(told);
      sell(sold);
      tell(undefined);
    }, (error: unknown) => {
      if (error instanceof Refused && [400, 403, 404].includes(error.status)) miss(error.message);
      else tell(wrong(error));
    });
  }, []);
  if (missing) return <div class="card alone"><h1>Not here</h1><p data-test="problem">{missing}</p><p><a href="/console">All events</a></p></div>;
  if (!event) return problem ? <Problem text={problem} /> : <p class="quiet" role="status">Loading …</p>;
  return (
    <>
      <Head me={me} event={event} rooms={rooms} />
      <Problem text={problem} />
      <Numbers event={event} sales={sales} pace={pace(seen.current)} />
      <TierTable event={event} sales={sales} />
      {sales && <Report event={event} sales={sales} />}
      <div class="columns no-print">
        {may(me, "sell") && <Allocations me={me} event={event} />}
        {may(me, "door") && <Doors event={event} />}
      </div>
    </>
  );
}

function Head({ me, event, rooms }: { me: Me; event: Event; rooms: Room[] }) {
  const [problem, tell] = useState("");
  const save = (path: string, name: string): void => void download(`/event/${event.eventId}/${path}`, name).catch((error: unknown) => tell(wrong(error)));
  return (
    <header class="room-head">
      <div class="title"><h1 data-test="name">{event.title}</h1><Pill state={event.state} words={plain(event.state)} test="state" /></div>
      <p class="quiet">{event.venue.name}, {event.venue.city} · {moment(event.startsAt)} · on sale {moment(event.salesStart)} – {moment(event.salesEnd)}</p>
      <p class="paths no-print">
        {rooms.map((room) => <a href={`/console/room/${room.roomId}`}>Waiting room: {room.state}</a>)}
        <a href={`/e/${event.eventId}`}>The shop and the seat plan</a>
        {may(me, "catalog") && <a href={`/console/edit/${event.eventId}`} data-test="to-edit">{t("Title, texts and dates")}</a>}
        <a href={`/console/plan/${event.eventId}`} data-test="to-plan">{t("Seats, tiers and what is kept back")}</a>
        <button type="button" class="link" onClick={() => save("seating-plan", `plan-${event.eventId}.json`)}>Seat plan as a file (pretix)</button>
        {may(me, "buyers") && <button type="button" class="link" onClick={() => save("order.csv", `orders-${event.eventId}.csv`)}>Orders (CSV)</button>}
        <span role="status">{problem}</span>
      </p>
    </header>
  );
}

function Numbers({ event, sales, pace: going }: { event: Event; sales: SalesReport | undefined; pace: number | undefined }) {
  const { ticketTotal: all, ticketAvailable: left } = event;
  const total = sales?.total;
  const sold = total && total.sold - total.returned;
  const money = (minor: number): string => price({ minor, currency: event.currency }, "en");
  return (
    <dl class="tiles" aria-label="Sales now">
      <Tile name="Sold" test="sold" value={count(sold)} more={sold === undefined ? "not yours to see" : `${percent(all ? sold / all : 0)} of ${count(all)}`} part={all && sold ? sold / all : 0} />
      <Tile name="Held, paid for now, or kept back" test="held" value={count(held(event, sales))} />
      <Tile name="Left" test="left" value={count(left)} more={event.stale ? "a store is away: this may be old" : undefined} tone={event.stale ? "warn" : "calm"} part={all ? left / all : 0} />
      <Tile name="Going, a minute" value={going === undefined ? "–" : count(Math.round(going))} more={going && left > 0 ? `the rest lasts ${count(Math.ceil(left / going))} min` : "measured over 5 minutes"} />
      {total && <Tile name="Taken in" test="gross" value={money(total.gross - total.refunded)} more={total.refunded > 0 ? `${money(total.refunded)} went back` : `fees ${money(total.fees)}, tax ${money(total.tax)}`} />}
    </dl>
  );
}

function TierTable({ event, sales }: { event: Event; sales: SalesReport | undefined }) {
  return (
    <Card title="By tier">
      <Table label="By tier" test="tiers" heads={["Tier", "#Price", "#Sold", "#Left", "Of what is sold and left", "#Taken in"]} rows={tiers(event, sales).map((tier) => ({
        key: tier.tierId,
        cells: [
          tier.name, tier.price ? price(tier.price, "en") : "–", sales ? count(tier.sold) : "–", count(tier.available),
          <Bar part={tier.sold + tier.available > 0 ? tier.sold / (tier.sold + tier.available) : 0} />,
          sales ? price({ minor: tier.gross, currency: event.currency }, "en") : "–",
        ],
      }))} />
    </Card>
  );
}
