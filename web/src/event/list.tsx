// The hall as a list: sections, the rows of the one that is open, and its seats as a grid in which arrow keys move. It shows the
// same as the map, and what is pointed at here is ringed there.
import { useEffect, useRef, useState } from "preact/hooks";
import { describe } from "../map/draw";
import { sectionName } from "../map/plan";
import { FREE, MINE, ASKED } from "../map/stock";
import { price } from "../shared/money";
import { say } from "../shared/words";
import type { Shop } from "./shop";

interface Props {
  shop: Shop;
  open: number | undefined;
  setOpen(section: number | undefined): void;
  fits(seat: number): boolean;
  point(seat: number | undefined): void;
}

export function List({ shop, open, setOpen, fits, point }: Props) {
  const { plan, stock } = shop;
  return (
    <ul class="sections" data-test="list">
      {plan.sections.map((section, index) => {
        const left = stock.ofSection[index];
        const cheapest = cheapestOf(shop, index, fits);
        return (
          <li key={section.name}>
            <button
              type="button" class="section" data-test="section" aria-expanded={open === index} aria-controls={`rows-${index}`}
              onClick={() => setOpen(open === index ? undefined : index)}
            >
              <span class="section-name">{sectionName(section.name)}</span>
              <span class="section-left">{left > 0 ? say("left", { count: left }) : say("none")}</span>
              <span class="section-price">{cheapest === undefined ? "" : say("from", { price: price({ minor: cheapest, currency: plan.currency }) })}</span>
            </button>
            {open === index && <Rows shop={shop} section={index} fits={fits} point={point} />}
          </li>
        );
      })}
    </ul>
  );
}

function cheapestOf({ plan, stock }: Shop, section: number, fits: (seat: number) => boolean): number | undefined {
  const { first, count } = plan.sections[section];
  let found: number | undefined;
  for (let seat = first; seat < first + count; seat += 1) {
    if (stock.state[seat] !== FREE || !fits(seat)) continue;
    const { minor } = plan.tiers[plan.tier[seat]];
    if (found === undefined || minor < found) found = minor;
  }
  return found;
}

function Rows({ shop, section, fits, point }: { shop: Shop; section: number } & Pick<Props, "fits" | "point">) {
  const { plan, stock } = shop;
  const { first, count, firstRow, rowCount, name } = plan.sections[section];
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(() => {
    for (let seat = first; seat < first + count; seat += 1) if (stock.state[seat] === FREE && fits(seat)) return seat;
    return first;
  });
  const go = (seat: number) => {
    setAt(seat);
    grid.current?.querySelector<HTMLElement>(`[data-seat="${seat}"]`)?.focus();
  };
  useEffect(() => () => point(undefined), []);
  const keys = (event: KeyboardEvent) => {
    const row = plan.rows[plan.row[at]];
    const inRow = (seat: number) => Math.min(row.first + row.count - 1, Math.max(row.first, seat));
    const toRow = (by: number) => {
      const wanted = Math.min(firstRow + rowCount - 1, Math.max(firstRow, plan.row[at] + by));
      const other = plan.rows[wanted];
      return other.first + Math.min(other.count - 1, at - row.first);
    };
    const moves: Record<string, () => number> = {
      ArrowRight: () => inRow(at + 1),
      ArrowLeft: () => inRow(at - 1),
      ArrowDown: () => toRow(1),
      ArrowUp: () => toRow(-1),
      PageDown: () => toRow(5),
      PageUp: () => toRow(-5),
      Home: () => (event.ctrlKey ? first : row.first),
      End: () => (event.ctrlKey ? first + count - 1 : row.first + row.count - 1),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      go(move());
    }
  };
  return (
    <div class="rows" id={`rows-${section}`}>
      <div role="grid" aria-label={sectionName(name)} aria-rowcount={rowCount} ref={grid} onKeyDown={keys}>
        {plan.rows.slice(firstRow, firstRow + rowCount).map((row) => (
          <div role="row" class="row" key={row.first}>
            <span role="rowheader" class="row-name"><span class="vh">{say("row")} </span>{row.name}</span>
            {Array.from({ length: row.count }, (_, i) => {
              const seat = row.first + i;
              const state = stock.state[seat];
              const mine = state === MINE || state === ASKED;
              const kind = mine ? "mine" : state === FREE ? "free" : "taken";
              return (
                <span
                  role="gridcell" key={seat} data-seat={seat} data-test="seat" data-state={kind} tabIndex={seat === at ? 0 : -1}
                  class={`seat t${plan.tier[seat] % 8}${(plan.flags[seat] & 1) !== 0 ? " wheelchair" : ""}${fits(seat) ? "" : " faint"}`}
                  aria-label={describe(plan, stock, seat, price(shop.priceOf(seat)))} aria-selected={mine}
                  aria-disabled={kind === "taken"}
                  onFocus={() => { setAt(seat); point(seat); }} onBlur={() => point(undefined)}
                  onClick={() => { go(seat); shop.toggle(seat); }}
                  onKeyDown={(event) => {
                    if (event.key === "Enter" || event.key === " ") {
                      event.preventDefault();
                      shop.toggle(seat);
                    }
                  }}
                >{plan.names[seat]}</span>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
