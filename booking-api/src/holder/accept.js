"use strict";
// Accepting a ticket. What the mail carries stands behind the #, which no server sees until it is sent on purpose.
const token = location.hash.slice(1);
const page = document.getElementById("accept");
const problem = document.getElementById("problem");

async function ask(path, body) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, request);
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.errors?.[0]?.detail || said.detail || said.title || "Something went wrong. Please try again.");
  return said;
}

document.getElementById("take").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  try {
    if (page.dataset.signedIn !== "true") {
      const name = document.getElementById("name").value || undefined;
      await ask("/account/guest", { email: document.getElementById("email").value, name });
      page.dataset.signedIn = "true";
    }
    const { ticket } = await ask("/ticket/accept", { token });
    location.assign(ticket);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
});
