"use strict";
// A ticket: sending it, and taking it back.
const { ticket } = document.getElementById("ticket").dataset;
const problem = document.getElementById("problem");

async function ask(method, body) {
  problem.hidden = true;
  const request = { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) };
  const answer = await fetch(`/ticket/${ticket}/transfer`, request).catch(() => undefined);
  if (answer?.ok) return location.reload();
  const said = await answer?.json().catch(() => undefined);
  problem.textContent = said?.errors?.[0]?.detail || said?.detail || said?.title || "Something went wrong. Please try again.";
  problem.hidden = false;
}

document.getElementById("send")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void ask("POST", { email: document.getElementById("email").value });
});
document.getElementById("back")?.addEventListener("click", () => ask("DELETE"));
