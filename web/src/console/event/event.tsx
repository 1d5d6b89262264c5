// How one event sells, and what the organizer takes out of the sale.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../../shared/api";
import { price } from "../../shared/money";
import { download, get, wrong } from "../ask";
import { WITHOUT_TICKETS } from "../home";
import type { Shown } from "../main";
import { type Me, may } from "../me";
import { useEvery } from "../source";
import { t, tag } from "../t";
import type { Event, Room, Rooms, SalesReport } from "../types";
import { Bar, Card, Pill, Problem, Table, Tile, titled } from "../ui";
import { count, moment, percent, plain, span } from "../words";
import { Allocations } from "./allocations";
import { Doors } from "./doors";
import { type Rate, held, pace, tiers } from "./figures";
import { PaperHead, Report } from "./report";

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
  useEffect(() => { if (event) titled(event.title); }, [event?.title]);
  useEvery(4000, () => {
    const asked = may(me, "figures") ? get<SalesReport>(`/event/${id}/sales`) : Promise.resolve(undefined);
    Promise.all([get<Event>(`/event/${id}${WITHOUT_TICKETS}`), asked]).then(([told, sold]) => {
      const now = Date.now() / 1000;
      seen.current = [...seen.current.filter(({ at }) => at > now - PACE), { at: now, left: told.ticketAvailable }];
      put(told);
      sell(sold);
      tell(undefined);
    }, (error: unknown) => {
      if (error instanceof Refused && [400, 403, 404].includes(error.status)) miss(wrong(error));
      else tell(wrong(error));
    });
  }, []);
  if (missing) return <div class="card alone"><h1>{t("Not here")}</h1><p data-test="problem">{missing}</p><p><a href="/console">{t("All events")}</a></p></div>;
  if (!event) return problem ? <Problem text={problem} /> : <p class="quiet" role="status">{t("Loading …")}</p>;
  return (
    <>
      {sales && <PaperHead me={me} event={event} />}
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
      <p class="quiet">{event.venue.name}, {event.venue.city} · {moment(event.startsAt)} · {t("on sale {from} – {to}", { from: moment(event.salesStart), to: moment(event.salesEnd) })}</p>
      <p class="paths no-print">
        {rooms.map((room) => <a href={`/console/room/${room.roomId}`}>{t("Waiting room: {state}", { state: plain(room.state) })}</a>)}
        <a href={`/e/${event.eventId}`}>{t("The shop and the seat plan")}</a>
        {may(me, "catalog") && <a href={`/console/edit/${event.eventId}`} data-test="to-edit">{t("Title, texts and dates")}</a>}
        <a href={`/console/plan/${event.eventId}`} data-test="to-plan">{t("Seats, tiers and what is kept back")}</a>
        <button type="button" class="link" onClick={() => save("seating-plan", `plan-${event.eventId}.json`)}>{t("Seat plan as a file (pretix)")}</button>
        {may(me, "buyers") && <button type="button" class="link" onClick={() => save("order.csv", `orders-${event.eventId}.csv`)}>{t("Orders (CSV)")}</button>}
        <span role="status">{problem}</span>
      </p>
    </header>
  );
}

function Numbers({ event, sales, pace: going }: { event: Event; sales: SalesReport | undefined; pace: number | undefined }) {
  const { ticketTotal: all, ticketAvailable: left } = event;
  const total = sales?.total;
  const sold = total && total.sold - total.returned;
  const money = (minor: number): string => price({ minor, currency: event.currency }, tag);
  return (
    <dl class="tiles" aria-label={t("Sales now")}>
      <Tile name={t("Sold")} test="sold" value={count(sold)} more={sold === undefined ? t("not yours to see") : t("{share} of {n}", { share: percent(all ? sold / all : 0), n: all })} part={all && sold ? sold / all : 0} />
      <Tile name={t("Held, paid for now, or kept back")} test="held" value={count(held(event, sales))} />
      <Tile name={t("Left")} test="left" value={count(left)} more={event.stale ? t("a store is away: this may be old") : undefined} tone={event.stale ? "warn" : "calm"} part={all ? left / all : 0} />
      <Tile name={t("Going, a minute")} value={going === undefined ? "–" : count(Math.round(going))} more={going && left > 0 ? t("the rest lasts {span}", { span: span(Math.ceil(left / going) * 60) }) : t("measured over 5 minutes")} />
      {total && <Tile name={t("Taken in")} test="gross" value={money(total.gross - total.refunded)} more={total.refunded > 0 ? t("{money} went back", { money: money(total.refunded) }) : t("fees {fees}, tax {tax}", { fees: money(total.fees), tax: money(total.tax) })} />}
    </dl>
  );
}

function TierTable({ event, sales }: { event: Event; sales: SalesReport | undefined }) {
  return (
    <Card title={t("By tier")}>
      <Table label={t("By tier")} test="tiers" heads={[t("Tier"), `#${t("Price")}`, `#${t("Sold")}`, `#${t("Left")}`, t("Of what is sold and left"), `#${t("Taken in")}`]} rows={tiers(event, sales).map((tier) => ({
        key: tier.tierId,
        cells: [
          tier.name, tier.price ? price(tier.price, tag) : "–", sales ? count(tier.sold) : "–", count(tier.available),
          <Bar part={tier.sold + tier.available > 0 ? tier.sold / (tier.sold + tier.available) : 0} />,
          sales ? price({ minor: tier.gross, currency: event.currency }, tag) : "–",
        ],
      }))} />
    </Card>
  );
}
