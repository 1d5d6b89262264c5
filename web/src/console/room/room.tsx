// The page of one room.
import { useEffect, useState } from "preact/hooks";
import type { Shown } from "../main";
import { may } from "../me";
import { useSource } from "../source";
import { load, t } from "../t";
import { Pill, Problem, titled } from "../ui";
import { clock, plain } from "../words";
import { Knobs } from "./knobs";
import { Plots } from "./plots";
import { Steps } from "./steps";
import { RoomStore } from "./store";
import { Tiles } from "./tiles";
import { Timeline } from "./log";
import { useForecast } from "./forecast";

const TABS = { live: t("Live"), line: t("Lanes and codes"), openings: t("Openings"), draw: t("Draw"), shield: t("Shield"), look: t("Look of the page") };
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
  useEffect(() => { if (room) titled(room.name); }, [room?.name]);
  if (store.missing) return <div class="card alone"><h1>{t("No such room")}</h1><p data-test="problem">{store.missing}</p><p><a href="/console">{t("All rooms")}</a></p></div>;
  if (!room) return <p class="quiet" role="status">{t("Loading …")}</p>;
  const tabs = (Object.keys(TABS) as Tab[]).filter((one) => one !== "draw" || room.order === "draw");
  return (
    <>
      <Head store={store} />
      <nav class="tabs" aria-label={t("Room")}>
        {tabs.map((one) => <a href={`#${one}`} aria-current={one === tab ? "page" : undefined} data-test={`tab-${one}`}>{TABS[one]}</a>)}
      </nav>
      {tab === "live" && <LiveTab store={store} />}
      {tab !== "live" && <OtherTab store={store} tab={tab} />}
    </>
  );
}

/** A tab beside the first, whose island is loaded when it is looked at. */
function OtherTab({ store, tab }: { store: RoomStore; tab: Tab }) {
  const [tabs, put] = useState<typeof import("../tabs/tabs")>();
  const [lost, lose] = useState(false);
  useEffect(() => void load("tabs").then(() => import("../tabs/tabs")).then(put, () => lose(true)), []);
  if (lost) return <Problem text={t("This page could not be loaded. Please reload it.")} />;
  if (!tabs) return <p class="quiet" role="status">{t("Loading …")}</p>;
  if (tab === "line") return <div class="columns"><tabs.Lanes store={store} />{may(store.me, "codes") && <tabs.Codes store={store} />}</div>;
  if (tab === "look") return <tabs.LookPage store={store} />;
  if (tab === "openings") return <tabs.Openings store={store} />;
  return tab === "draw" ? <tabs.Draws store={store} /> : <tabs.Shield store={store} />;
}

function Head({ store }: { store: RoomStore }) {
  const room = store.room!;
  const { tone, title, reasons } = store.verdict;
  const silent = room.state !== "closed" && (store.live === undefined || store.silent > 5);
  return (
    <header class="room-head">
      <div class="title">
        <h1 data-test="name">{room.name}</h1>
        <Pill state={room.state} words={plain(room.state)} test="state" />
        <span class={silent ? "pulse off" : "pulse"} data-test="connection">{silent ? t("no numbers") : t("live {time}", { time: store.live ? clock(store.live.at) : "" })}</span>
      </div>
      <p class="paths">
        <a href={`/queue/${room.roomId}`}>{t("The fans’ page")}</a>
        {room.eventId && <a href={`/console/event/${room.eventId}`}>{t("How it sells")}</a>}
        {room.eventId && <a href={`/e/${room.eventId}`}>{t("The shop")}</a>}
        {room.site && <span>{room.site.host} {room.site.paths.join(" ")}</span>}
      </p>
      <div class="verdict" data-tone={tone} data-test="verdict">
        <strong>{title}</strong>
        {reasons.length > 0 && <ul>{reasons.map((reason) => <li>{reason}</li>)}</ul>}
      </div>
    </header>
  );
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
