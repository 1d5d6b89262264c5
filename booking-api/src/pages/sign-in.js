"use strict";
// Signs in with a password or with a code that is mailed, or registers, and goes on to where one came from.
const form = document.getElementById("sign-in");
const byCode = document.getElementById("by-code");
const problem = document.getElementById("problem");
const email = document.getElementById("email");
let codeId = null;
// What the page says, in its language.
const { tag, say, kinds } = JSON.parse(document.getElementById("words").textContent);

// What is said of a problem. The service writes its details in English.
function told(problem) {
  const kind = String(problem.type || "").split("/").pop();
  return (tag.startsWith("en") && (problem.detail || problem.title)) || kinds[kind] || say.failed;
}

// Only paths of this site: `//elsewhere` would lead away.
function next() {
  const path = new URLSearchParams(location.search).get("next") || "/";
  const there = new URL(path, location.origin);
  return there.origin === location.origin ? there.pathname + there.search : "/";
}

// The answer, or null where there is none to go on with.
async function ask(call, body) {
  problem.hidden = true;
  try {
    const answer = await fetch(`/account/${call}`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    problem.textContent = told(said);
  } catch {
    problem.textContent = say.lost;
  }
  problem.hidden = false;
  return null;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const call = event.submitter && event.submitter.value === "register" ? "register" : "sign-in";
  const password = document.getElementById("password").value;
  if (await ask(call, { email: email.value, password })) location.assign(next());
});

const mail = document.getElementById("mail");
mail.hidden = false;
mail.addEventListener("click", async () => {
  if (!email.reportValidity()) return;
  const asked = await ask("code", { email: email.value });
  if (!asked) return;
  codeId = asked.codeId;
  byCode.hidden = false;
  document.getElementById("code").focus();
});

byCode.addEventListener("submit", async (event) => {
  event.preventDefault();
  const code = document.getElementById("code").value;
  if (await ask("code/sign-in", { codeId, code })) location.assign(next());
});
