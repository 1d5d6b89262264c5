// The page of one room.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Shown } from "../main";
import { may } from "../me";
import { useSource } from "../source";
import { t } from "../t";
import { Pill } from "../ui";
import { clock } from "../words";
import { Codes } from "./codes";
import { Draws } from "./draws";
import { Knobs } from "./knobs";
import { Lanes } from "./lanes";
import { Openings } from "./openings";
import { Plots } from "./plots";
import { Shield } from "./shield";
import { Steps } from "./steps";
import { RoomStore } from "./store";
import { Tiles } from "./tiles";
import { Timeline } from "./log";
import { useForecast } from "./forecast";

const TABS = { live: "Live", line: "Lanes and codes", openings: "Openings", draw: "Draw", shield: "Shield", look: "Look of the page" };
type Tab = keyof typeof TABS;

function useTab(): Tab {
  const read = (): Tab => (location.hash.slice(1) in TABS ? (location.hash.slice(1) as Tab) : "live");
  const [tab, turn] = useState(read);
  useEffect(() => {
    const change = (): void => turn(read());
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return tab;
}

export function RoomPage({ me, id }: Shown) {
  const [store] = useState(() => new RoomStore(me, id));
  useSource(store);
  const tab = useTab();
  useEffect(() => {
    void store.start();
    return () => store.stop();
  }, [store]);
  const { room } = store;
  useEffect(() => { if (room) document.title = `${room.name}: Usher console`; }, [room?.name]);
  if (store.missing) return <div class="card alone"><h1>No such room</h1><p data-test="problem">{store.missing}</p><p><a href="/console">All rooms</a></p></div>;
  if (!room) return <p class="quiet" role="status">Loading …</p>;
  const tabs = (Object.keys(TABS) as Tab[]).filter((one) => one !== "draw" || room.order === "draw");
  return (
    <>
      <Head store={store} />
      <nav class="tabs" aria-label="Room">
        {tabs.map((one) => <a href={`#${one}`} aria-current={one === tab ? "page" : undefined} data-test={`tab-${one}`}>{t(TABS[one])}</a>)}
      </nav>
      {tab === "live" && <LiveTab store={store} />}
      {tab === "line" && <div class="columns"><Lanes store={store} />{may(me, "codes") && <Codes store={store} />}</div>}
      {tab === "openings" && <Openings store={store} />}
      {tab === "draw" && <Draws store={store} />}
      {tab === "shield" && <Shield store={store} />}
      {tab === "look" && <LookTab store={store} />}
    </>
  );
}

function Head({ store }: { store: RoomStore }) {
  const room = store.room!;
  const { tone, title, reasons } = store.verdict;
  const silent = room.state !== "closed" && (store.live === undefined || store.silent > 5);
  return (
    <header class="room-head">
      <div class="title">
        <h1 data-test="name">{room.name}</h1>
        <Pill state={room.state} test="state" />
        <span class={silent ? "pulse off" : "pulse"} data-test="connection">{silent ? "no numbers" : `live ${store.live ? clock(store.live.at) : ""}`}</span>
      </div>
      <p class="paths">
        <a href={`/queue/${room.roomId}`}>The fans’ page</a>
        {room.eventId && <a href={`/console/event/${room.eventId}`}>How it sells</a>}
        {room.eventId && <a href={`/e/${room.eventId}`}>The shop</a>}
        {room.site && <span>{room.site.host} {room.site.paths.join(" ")}</span>}
      </p>
      <div class="verdict" data-tone={tone} data-test="verdict">
        <strong>{title}</strong>
        {reasons.length > 0 && <ul>{reasons.map((reason) => <li>{reason}</li>)}</ul>}
      </div>
    </header>
  );
}

/** Loaded when it is looked at: few do, and seldom. */
function LookTab({ store }: { store: RoomStore }) {
  const [found, put] = useState<{ Page: ComponentType<{ store: RoomStore }> }>();
  useEffect(() => void import("./look").then(({ LookPage }) => put({ Page: LookPage }), () => {}), []);
  return found ? <found.Page store={store} /> : null;
}

function LiveTab({ store }: { store: RoomStore }) {
  const forecast = useForecast(store);
  const steers = may(store.me, "room");
  return (
    <>
      <Tiles store={store} forecast={forecast} />
      <div class="desk">
        <Plots store={store} />
        <div class="side">
          <Knobs store={store} forecast={forecast} steers={steers} />
          {steers && <Steps store={store} />}
        </div>
      </div>
      <Timeline store={store} steers={steers} />
    </>
  );
}
