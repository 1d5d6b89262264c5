"use strict";
// The order: asks how it stands until that cannot change any more.
const page = document.getElementById("order");
const problem = document.getElementById("problem");
const url = `/order/${page.dataset.order}`;
const words = {
  awaitingPayment: "We are waiting for your payment to be confirmed.",
  capturing: "Your payment was authorised. The tickets are yours in a moment.",
  paid: "Paid. Show these codes at the door.",
  fulfilled: "Paid. The event has begun.",
  partlyRefunded: "Some tickets were refunded. The others are yours.",
  expired: "The payment did not come in time, and the tickets were released.",
  cancelled: "This order was cancelled.",
  refunded: "The payment was given back.",
  voided: "The payment could not be used. You were not charged.",
};

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function show(order) {
  page.dataset.state = order.state;
  document.getElementById("state").textContent = order.state;
  const declined = order.state === "awaitingPayment" && order.payment === "declined";
  const what = document.getElementById("what");
  what.textContent = declined ? "The payment was declined. " : words[order.state] || "";
  if (declined) what.append(element("a", { href: `/checkout/${order.holdId}`, textContent: "Pay in another way" }));
  if (order.challengeUrl) {
    const link = element("a", { href: order.challengeUrl, textContent: "Your bank asks you to prove that it is you." });
    link.dataset.test = "challenge";
    what.replaceChildren(link);
  }
  document.getElementById("cancel").hidden = order.state !== "awaitingPayment";
  document.getElementById("history").replaceChildren(...order.history.map((entry) =>
    element("li", {}, element("time", { dateTime: entry.at, textContent: new Date(entry.at).toLocaleTimeString() }), ` ${entry.cause}`)));
  const codes = document.getElementById("codes");
  const coded = order.tickets.filter((ticket) => ticket.code);
  if (codes.querySelectorAll("img").length !== coded.length) {
    codes.replaceChildren(...coded.map((ticket) => {
      const image = element("img", { width: 240, height: 240, alt: `Code of the ticket for ${ticket.place}`, src: `${url}/ticket/${ticket.ticketId}/qr.svg` });
      image.dataset.test = "qr";
      const more = element("a", { href: `/ticket/${ticket.ticketId}`, textContent: "Print, keep or send it" });
      more.dataset.test = "ticket-page";
      return element("figure", {}, image, element("figcaption", {}, ticket.place, element("br", {}), more));
    }));
  }
}

async function look() {
  try {
    const answer = await fetch(url, { headers: { accept: "application/json" } });
    if (answer.ok) {
      const order = await answer.json();
      show(order);
      if (!["awaitingPayment", "capturing"].includes(order.state)) return;
    }
  } catch {
    // The connection comes back or it does not; we go on asking.
  }
  setTimeout(look, 1000);
}

document.getElementById("cancel").addEventListener("click", async () => {
  const answer = await fetch(url, { method: "DELETE" });
  if (answer.ok) return look();
  const body = await answer.json().catch(() => ({}));
  problem.textContent = body.detail || body.title || "Something went wrong. Please try again.";
  problem.hidden = false;
});

look();
