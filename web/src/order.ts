// The order, alive: asks how it stands until that cannot change any more, and shows what the server's page shows.
import * as api from "./shared/api";

interface Order {
  state: string;
  payment?: string;
  challengeUrl?: string;
}

const page = document.querySelector<HTMLElement>("#order");
const OPEN = ["awaitingPayment", "capturing"];
const PERIOD = 700;

/** Shows what the server shows now, without leaving the page, and says aloud what it is. */
async function show(): Promise<HTMLElement | undefined> {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector<HTMLElement>("#order");
  if (!answer.ok || !now) return undefined;
  document.querySelector("#order")!.replaceWith(now);
  document.querySelector("#said")!.textContent = now.querySelector("#state")?.textContent ?? "";
  return now;
}

async function follow(first: HTMLElement): Promise<void> {
  let at: HTMLElement | undefined = first;
  for (let wait = PERIOD; at && OPEN.includes(at.dataset["state"] ?? ""); wait = Math.min(5_000, wait * 1.08)) {
    await new Promise((later) => setTimeout(later, wait));
    try {
      const order = await api.order<Order>(at.dataset["order"]!);
      const changed = order.state !== at.dataset["state"] || (order.payment ?? "") !== at.dataset["payment"]
        || String(order.challengeUrl !== undefined) !== at.dataset["challenge"];
      if (changed) {
        at = (await show()) ?? at;
        wait = PERIOD;
      }
    } catch {
      // The connection comes back or it does not; we go on asking.
    }
  }
}

if (page) void follow(page);
