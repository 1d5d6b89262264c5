"use strict";
// The checkout: counts down, takes a voucher, pays, gives the tickets back.
const page = document.getElementById("checkout");
const countdown = document.getElementById("countdown");
const problem = document.getElementById("problem");
const ends = Date.parse(page.dataset.ends);

function count() {
  const left = Math.max(0, Math.floor((ends - Date.now()) / 1000));
  countdown.textContent = left > 0
    ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
    : "no time any more";
  if (left > 0) setTimeout(count, 1000);
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
}

async function refused(answer) {
  const body = await answer.json().catch(() => ({}));
  tell(body.detail || body.title || "Something went wrong. Please try again.");
}

// What is due after a voucher is the server's to say: the page comes again with its new prices.
async function voucher(method, body) {
  problem.hidden = true;
  try {
    const headers = { accept: "application/json", ...(body && { "content-type": "application/json" }) };
    const answer = await fetch(`/booking/hold/${page.dataset.hold}/voucher`, { method, headers, body });
    if (answer.ok) location.reload();
    else await refused(answer);
  } catch {
    tell("The connection was lost. Please try again.");
  }
}

document.getElementById("voucher").addEventListener("submit", (event) => {
  event.preventDefault();
  voucher("PUT", JSON.stringify({ voucher: document.getElementById("code").value }));
});
document.getElementById("take-off")?.addEventListener("click", () => voucher("DELETE"));

const free = document.getElementById("pay").dataset.free === "true";

// The same key for every try of one payment, so that a repeated click pays once.
let key = crypto.randomUUID();

document.getElementById("pay").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  problem.hidden = true;
  try {
    const answer = await fetch("/booking/confirm", {
      method: "PUT",
      headers: { "content-type": "application/json", accept: "application/json", "idempotency-key": key },
      body: JSON.stringify({
        holdId: page.dataset.hold,
        record: page.dataset.record,
        ...(free ? {} : { paymentDetails: { provider: "sandbox", token: document.getElementById("token").value } }),
      }),
    });
    if (answer.ok) {
      location.assign((await answer.json()).order);
      return;
    }
    if (answer.status !== 409 && answer.status !== 503) key = crypto.randomUUID();
    await refused(answer);
  } catch {
    tell("The connection was lost. Please try again: you will not pay twice.");
  }
  if (button) button.disabled = false;
});

document.getElementById("release").addEventListener("click", async () => {
  const answer = await fetch(`/booking/hold/${page.dataset.hold}`, { method: "DELETE" });
  if (answer.ok) location.assign(`/e/${page.dataset.event}`);
  else await refused(answer);
});

count();
