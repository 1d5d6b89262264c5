// The page of an event, alive: the hall to choose from, what is held, and the numbers as they change. The page works without it.
import { render } from "preact";
import { unpack } from "../map/plan";
import type { Told } from "../map/stock";
import * as api from "../shared/api";
import { signedIn } from "../shared/session";
import { count, say, time } from "../shared/words";
import { Hall } from "./hall";
import { Live } from "./live";
import { Shop } from "./shop";
import { Tray } from "./tray";

const form = document.querySelector<HTMLFormElement>("#choose");
const host = document.querySelector<HTMLElement>("#seats");
const event = document.querySelector<HTMLElement>("[data-event]")?.dataset["event"] ?? "";

function tell(text: string): void {
  const problem = document.querySelector<HTMLElement>("#problem")!;
  problem.textContent = text;
  problem.hidden = text === "";
}

/** The table of prices, and whether a code is needed. */
function showTiers({ tiers }: Told): void {
  for (const tier of tiers) {
    const cell = document.querySelector(`[data-left="${tier.tierId}"]`);
    if (cell && cell.textContent !== count(tier.available)) cell.textContent = count(tier.available);
    const note = document.querySelector<HTMLElement>(`[data-code-only="${tier.tierId}"]`);
    if (!note) continue;
    // The server has said until when by the clock of the venue; what is moved meanwhile is told by the browser's.
    if (tier.presaleUntil && note.hidden) note.textContent = say("codeOnly", { at: time(tier.presaleUntil) });
    note.hidden = !tier.presaleUntil;
  }
  const presale = document.querySelector<HTMLElement>("#presale");
  if (presale) presale.hidden = !tiers.some((tier) => tier.presaleUntil);
  const soldOut = document.querySelector<HTMLElement>("#sold-out");
  if (soldOut) soldOut.hidden = tiers.some((tier) => tier.available > 0);
}

async function startHall(at: HTMLElement): Promise<Shop> {
  const plan = unpack(await api.plan(event, at.dataset["plan"]!));
  const shop = new Shop(event, plan, Number(at.dataset["limit"]));
  // What stands in the page while it loads is no part of it.
  at.replaceChildren();
  render(<Hall shop={shop} />, at);
  const tray = document.querySelector<HTMLElement>("#tray")!;
  tray.hidden = false;
  render(<Tray shop={shop} />, tray);
  return shop;
}

async function start(): Promise<void> {
  let shop: Shop | undefined;
  const waiting: Told[] = [];
  const live = new Live(event, {
    tell(told) {
      showTiers(told);
      if (!shop) {
        waiting.push(told);
        return true;
      }
      const changed = shop.stock.take(told);
      if (changed) shop.changed(changed);
      return changed !== undefined;
    },
    live(is) {
      if (shop && shop.live !== is) {
        shop.live = is;
        shop.changed();
      }
    },
  });
  const asking = live.start();
  if (host) {
    try {
      shop = await startHall(host);
      for (const told of waiting) shop.changed(shop.stock.take(told) ?? []);
      await shop.restore();
      takeOver(shop);
    } catch {
      host.textContent = say("noMap");
    }
  }
  await asking;
}

/** The form finds seats without leaving the page, where there is a hall to show them in. */
function takeOver(shop: Shop): void {
  form?.addEventListener("submit", (submitted) => {
    const data = new FormData(form);
    const what = String(data.get("what") ?? "");
    const [kind, value] = what.split(":");
    // Places without seats go the way that works without scripts.
    if (offer || kind === "units") return;
    submitted.preventDefault();
    tell("");
    const asked: api.Best = { quantity: Number(data.get("quantity")), accessible: Number(data.get("accessible") ?? 0) };
    if (kind === "to") asked.to = Number(value);
    void shop.best(asked).then((seats) => {
      if (seats.length > 0) document.dispatchEvent(new CustomEvent("usher-show", { detail: seats }));
    });
  });
}

// The link of a mail from the waitlist; behind the #, so that no server has seen it.
const offer = new URLSearchParams(location.hash.slice(1)).get("offer");

function takeOffer(): void {
  if (!offer || !form) return;
  document.querySelector<HTMLElement>("#offer")!.hidden = false;
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    tell("");
    const key = crypto.randomUUID();
    signedIn(() => api.offer(event, offer, key)).then(
      ({ body }) => location.assign(`/checkout/${body.holdId}`),
      (error: unknown) => tell(error instanceof api.Refused ? error.message : say("lost")),
    );
  });
}

function joinWaitlist(): void {
  const wait = document.querySelector<HTMLFormElement>("#wait");
  wait?.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const said = document.querySelector<HTMLElement>("#waiting")!;
    const data = new FormData(wait);
    const email = data.get("email");
    void (async () => {
      try {
        if (email !== null) {
          await signedIn(() => api.tellBuyer(String(email)));
        }
        const { state, ahead } = await api.wait(event, Number(data.get("quantity")));
        said.textContent = state === "waiting"
          ? say("waiting", { count: ahead ?? 0 })
          : say("kept");
      } catch (error) {
        said.textContent = error instanceof api.Refused ? error.message : say("lost");
      }
    })();
  });
}

takeOffer();
joinWaitlist();
if (event) void start();
