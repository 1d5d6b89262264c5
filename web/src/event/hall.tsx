// The hall on the page: map or list, what to look for, and what the signs mean.
import { useEffect, useRef, useState } from "preact/hooks";
import { describe } from "../map/draw";
import { ACCESSIBLE, COMPANION } from "../map/plan";
import { MapView } from "../map/view";
import { price } from "../shared/money";
import { say } from "../shared/words";
import { List } from "./list";
import type { Shop } from "./shop";
import { useShop } from "./use";

export function Hall({ shop }: { shop: Shop }) {
  useShop(shop);
  const { plan } = shop;
  const [mode, setMode] = useState<"map" | "list">("map");
  const [most, setMost] = useState<number>();
  const [wheelchair, setWheelchair] = useState(false);
  const [open, setOpen] = useState<number>();
  const view = useRef<MapView | undefined>(undefined);
  const wanted = (seat: number) => {
    const fits = most === undefined || plan.tiers[plan.tier[seat]].minor <= most;
    return fits && (!wheelchair || (plan.flags[seat] & (ACCESSIBLE | COMPANION)) !== 0);
  };
  useEffect(() => view.current?.filter(wanted), [most, wheelchair]);
  useEffect(() => {
    const show = (event: Event) => {
      const seats = (event as CustomEvent<readonly number[]>).detail;
      const { current } = view;
      current?.show(seats);
      // On a phone the form stands above the map: whoever asked wants to see where the seats are.
      if (innerWidth < 1024) current?.host.scrollIntoView({ block: "center", behavior: current.still ? "auto" : "smooth" });
      setOpen(plan.rows[plan.row[seats[0]]].section);
    };
    document.addEventListener("usher-show", show);
    return () => document.removeEventListener("usher-show", show);
  }, []);
  const prices = [...new Set(plan.tiers.filter((tier) => !tier.standing).map((tier) => tier.minor))].sort((a, b) => a - b);
  const hasWheelchair = plan.flags.some((flags) => (flags & ACCESSIBLE) !== 0);
  return (
    <div class="hall" data-test="hall" data-mode={mode}>
      <div class="hall-bar">
        <div class="switch" role="group" aria-label={say("how")}>
          {(["map", "list"] as const).map((one) => (
            <button type="button" key={one} aria-pressed={mode === one} data-test={`show-${one}`} onClick={() => setMode(one)}>
              {say(one)}
            </button>
          ))}
        </div>
        {prices.length > 1 && (
          <label class="pick"><span class="vh">{say("price")}</span>
            <select
              data-test="price-filter" value={most ?? ""}
              onChange={(event) => setMost(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))}
            >
              <option value="">{say("allPrices")}</option>
              {prices.slice(0, -1).reverse().map((minor) => (
                <option key={minor} value={minor}>{say("upTo", { price: price({ minor, currency: plan.currency }) })}</option>
              ))}
            </select>
          </label>
        )}
        {hasWheelchair && (
          <label class="tick">
            <input type="checkbox" data-test="wheelchair-filter" checked={wheelchair} onChange={(event) => setWheelchair(event.currentTarget.checked)} />
            {say("wheelchairs")}
          </label>
        )}
        <span class={shop.live ? "live" : "live stale"} data-test="live">{say(shop.live ? "live" : "again")}</span>
      </div>
      <Map shop={shop} shown={mode === "map"} keep={(made) => { view.current = made; }} />
      {mode === "list" && (
        <List shop={shop} open={open} setOpen={setOpen} fits={wanted} point={(seat) => view.current?.point(seat)} />
      )}
      <Legend shop={shop} view={() => view.current} hasWheelchair={hasWheelchair} />
    </div>
  );
}

interface Tip {
  seat: number;
  x: number;
  y: number;
}

function Map({ shop, shown, keep }: { shop: Shop; shown: boolean; keep(view: MapView): void }) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<MapView | undefined>(undefined);
  const [tip, setTip] = useState<Tip>();
  const { plan, stock } = shop;
  useEffect(() => {
    const made = new MapView(host.current!, canvas.current!, plan, stock, shop.grid, {
      choose: (seat) => shop.toggle(seat),
      hover: (seat, x, y) => setTip(seat === undefined ? undefined : { seat, x, y }),
    });
    view.current = made;
    keep(made);
    shop.watch((seats) => { if (seats.length > 0) made.changed(seats); });
    // For whoever measures: what was drawn, and where a seat is.
    Object.assign(host.current!, { usher: { view: made, shop } });
  }, []);
  return (
    <div class={shown ? "map" : "map small"}>
      <div
        class="map-host" ref={host} data-test="map" tabIndex={0} role="application" aria-roledescription={say("seatMap")}
        aria-label={say("keys")}
      >
        <canvas ref={canvas} />
        {tip && (
          <div class="tip" data-test="tip" style={{ transform: `translate(${tip.x}px, ${tip.y}px)` }}>
            <span>{describe(plan, stock, tip.seat, price(shop.priceOf(tip.seat)))}</span>
          </div>
        )}
      </div>
      <div class="map-keys">
        <button type="button" data-test="zoom-in" aria-label={say("closer")} onClick={() => view.current?.zoom(1.8)}>+</button>
        <button type="button" data-test="zoom-out" aria-label={say("farther")} onClick={() => view.current?.zoom(1 / 1.8)}>−</button>
        <button type="button" data-test="zoom-all" aria-label={say("whole")} onClick={() => view.current?.whole()}>⤢</button>
      </div>
    </div>
  );
}

function Legend({ shop, view, hasWheelchair }: { shop: Shop; view(): MapView | undefined; hasWheelchair: boolean }) {
  const { plan } = shop;
  const [, again] = useState(0);
  useEffect(() => {
    again(1);
    const media = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
    const restyle = () => again((n) => n + 1);
    media.forEach((one) => one.addEventListener("change", restyle));
    return () => media.forEach((one) => one.removeEventListener("change", restyle));
  }, []);
  const shown = view();
  const sign = (state: number, flags: number, tier: number) => (
    <canvas width="36" height="36" class="sign" aria-hidden="true" ref={(on) => { if (on) shown?.drawing.sign(on, state, flags, tier); }} />
  );
  return (
    <ul class="legend" aria-label={say("signs")}>
      {plan.tiers.map((tier, index) => !tier.standing && (
        <li key={tier.id}>{sign(0, 0, index)}<span>{tier.name} <strong>{price({ minor: tier.minor, currency: plan.currency })}</strong></span></li>
      ))}
      {hasWheelchair && <li>{sign(0, 1, 0)}<span>{say("wheelchair")}</span></li>}
      <li>{sign(1, 0, 0)}<span>{say("taken")}</span></li>
      <li>{sign(2, 0, 0)}<span>{say("yours")}</span></li>
    </ul>
  );
}
