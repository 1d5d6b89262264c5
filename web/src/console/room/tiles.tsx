// The numbers of this second.
import { Tile, type Tone } from "../ui";
import { count, percent, short, span } from "../words";
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
    <dl class="tiles" aria-label="Live numbers">
      <Tile name="Waiting" test="waiting" value={live?.waiting === null ? "?" : count(live?.waiting)} tone={live?.waiting === null ? "bad" : "calm"}
        more={<><span data-test="away">{count(live?.away)}</span> away</>} />
      <Tile name="Let in, last minute" value={<><span data-test="admitted">{count(live?.admitted.lastMinute)}</span><span class="of"> / <span data-test="target">{count(room.admitPerMinute)}</span></span></>}
        part={live && room.admitPerMinute > 0 ? live.admitted.lastMinute / room.admitPerMinute : 0} />
      <Tile name="Inside" value={<><span data-test="active">{count(live?.active)}</span><span class="of"> / <span data-test="cap-now">{count(room.maxActive)}</span></span></>}
        part={room.maxActive > 0 ? inside / room.maxActive : 0} more={<><span data-test="called">{count(live?.ready)}</span> called, on their way</>} />
      <Tile name="Waited" test="waited" value={span(live?.waited.p50)} more={live && live.waited.p90 !== null ? `nine in ten up to ${span(live.waited.p90)}` : "nobody was called lately"} title="How long those had waited who were called last" />
      <Tile name="Did not come" test="no-shows" value={count(live?.noShows.lastMinute)} more={`in the last minute, ${count(live?.noShows.total)} in all`} />
      <Tile name="The shop" test="origin" value={origin ? `${count(origin.latencyMs)} ms` : "–"} tone={slow}
        more={origin ? `${percent(errors)} errors of ${count(origin.answers)} in 10 s` : undefined} title="Nine in ten answers took at most so long" />
      {room.eventId && (
        <Tile name="Tickets left" test="left" value={count(event?.ticketAvailable)} more={`of ${count(event?.ticketTotal)}`}
          part={event && event.ticketTotal > 0 ? event.ticketAvailable / event.ticketTotal : 0} />
      )}
      {room.eventId && <Tile name="Sold out" test="sold-out-at" value={soldOut(store, forecast)} more={waitOf(forecast)} title="As the gate forecasts with those who wait now" />}
    </dl>
  );
}

function soldOut({ event, room }: RoomStore, { now, at }: Forecast): string {
  if (event?.ticketAvailable === 0) return "now";
  if (!now || room?.state !== "open") return "–";
  return now.soldOut === null ? "–" : short(at + now.soldOut * 1000);
}

function waitOf({ now }: Forecast): string {
  if (!now) return "no forecast yet";
  if (now.soldOut !== null) return `about, in ${span(now.soldOut)}; ${count(now.without)} find nothing`;
  return now.last === null ? "nobody waits" : `the line leaves some over; the last is called in ${span(now.last)}`;
}
