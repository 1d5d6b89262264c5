"use strict";
// Accepting a ticket. What the mail carries stands behind the #, which no server sees until it is sent on purpose.
const token = location.hash.slice(1);
const page = document.getElementById("accept");
const problem = document.getElementById("problem");
// What the page says, in its language.
const { tag, say, kinds } = JSON.parse(document.getElementById("words").textContent);

// What is said of a problem. The service writes its details in English.
function told(said) {
  const kind = String(said.type || "").split("/").pop();
  return (tag.startsWith("en") && (said.errors?.[0]?.detail || said.detail || said.title)) || kinds[kind] || say.failed;
}

async function ask(path, body) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, request);
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told(said));
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
