// The numbers of this second.
import { rich, t } from "../t";
import { Tile, type Tone } from "../ui";
import { count, ms, percent, short, span } from "../words";
import type { Forecast } from "./forecast";
import type { RoomStore } from "./store";

export function Tiles({ store, forecast }: { store: RoomStore; forecast: Forecast }) {
  const { live, event } = store;
  const room = store.room!;
  const origin = live?.origin;
  const errors = origin && origin.answers > 0 ? origin.errors / origin.answers : 0;
  const inside = (live?.ready ?? 0) + (live?.active ?? 0);
  const slow: Tone = !origin ? "calm" : errors >= 0.05 || origin.latencyMs >= 3000 ? "bad" : errors >= 0.01 || origin.latencyMs >= 1000 ? "warn" : "calm";
  return (
    <dl class="tiles" aria-label={t("Live numbers")}>
      <Tile name={t("Waiting")} test="waiting" value={live?.waiting === null ? "?" : count(live?.waiting)} tone={live?.waiting === null ? "bad" : "calm"}
        more={rich("{n} away", { n: <span data-test="away">{count(live?.away)}</span> }, live?.away ?? 0)} />
      <Tile name={t("Let in, last minute")} value={<><span data-test="admitted">{count(live?.admitted.lastMinute)}</span><span class="of"> / <span data-test="target">{count(room.admitPerMinute)}</span></span></>}
        part={live && room.admitPerMinute > 0 ? live.admitted.lastMinute / room.admitPerMinute : 0} />
      <Tile name={t("Inside")} value={<><span data-test="active">{count(live?.active)}</span><span class="of"> / <span data-test="cap-now">{count(room.maxActive)}</span></span></>}
        part={room.maxActive > 0 ? inside / room.maxActive : 0} more={rich("{n} called, on their way", { n: <span data-test="called">{count(live?.ready)}</span> }, live?.ready)} />
      <Tile name={t("Waited")} test="waited" value={span(live?.waited.p50)} more={live && live.waited.p90 !== null ? t("nine in ten up to {span}", { span: span(live.waited.p90) }) : t("nobody was called lately")} title={t("How long those had waited who were called last")} />
      <Tile name={t("Did not come")} test="no-shows" value={count(live?.noShows.lastMinute)} more={t("in the last minute, {n} in all", { n: live?.noShows.total ?? "–" })} />
      <Tile name={t("The shop")} test="origin" value={origin ? ms(origin.latencyMs) : "–"} tone={slow}
        more={origin ? t("{share} errors of {n} in 10 s", { share: percent(errors), n: origin.answers }) : undefined} title={t("Nine in ten answers took at most so long")} />
      {room.eventId && (
        <Tile name={t("Tickets left")} test="left" value={count(event?.ticketAvailable)} more={t("of {n}", { n: event?.ticketTotal ?? "–" })}
          part={event && event.ticketTotal > 0 ? event.ticketAvailable / event.ticketTotal : 0} />
      )}
      {room.eventId && <Tile name={t("Sold out")} test="sold-out-at" value={soldOut(store, forecast)} more={waitOf(forecast)} title={t("As the gate forecasts with those who wait now")} />}
    </dl>
  );
}

function soldOut({ event, room }: RoomStore, { now, at }: Forecast): string {
  if (event?.ticketAvailable === 0) return t("now");
  if (!now || room?.state !== "open") return "–";
  return now.soldOut === null ? "–" : short(at + now.soldOut * 1000);
}

function waitOf({ now }: Forecast): string {
  if (!now) return t("no forecast yet");
  if (now.soldOut !== null) return t("about, in {span}; {n} finds nothing|about, in {span}; {n} find nothing", { span: span(now.soldOut), n: now.without });
  return now.last === null ? t("nobody waits") : t("the line leaves some over; the last is called in {span}", { span: span(now.last) });
}
