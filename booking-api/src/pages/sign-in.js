"use strict";
// Signs in, or registers, and goes on to where one came from.
const form = document.getElementById("sign-in");
const problem = document.getElementById("problem");

// Only paths of this site: `//elsewhere` would lead away.
function next() {
  const path = new URLSearchParams(location.search).get("next") || "/";
  const there = new URL(path, location.origin);
  return there.origin === location.origin ? there.pathname + there.search : "/";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const call = event.submitter && event.submitter.value === "register" ? "register" : "sign-in";
  try {
    const answer = await fetch(`/account/${call}`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        email: document.getElementById("email").value,
        password: document.getElementById("password").value,
      }),
    });
    if (answer.ok) {
      location.assign(next());
      return;
    }
    const body = await answer.json().catch(() => ({}));
    problem.textContent = body.detail || body.title || "Something went wrong. Please try again.";
  } catch {
    problem.textContent = "The connection was lost. Please try again.";
  }
  problem.hidden = false;
});
