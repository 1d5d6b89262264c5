// The checkout, alive: what is left of the time, more of it, and one payment however often one clicks. The forms work without it.
import * as api from "./shared/api";
import { Countdown, spoken, written } from "./shared/clock";
import { say } from "./shared/words";

const page = document.querySelector<HTMLElement>("#checkout");

function start(at: HTMLElement): void {
  const hold = at.dataset["hold"]!;
  const shown = document.querySelector<HTMLElement>("#countdown")!;
  const bar = document.querySelector<HTMLElement>("#time")!;
  const status = document.querySelector<HTMLElement>("#time-said")!;
  const alert = document.querySelector<HTMLElement>("#time-alert")!;
  const more = document.querySelector<HTMLFormElement>("#more-time");
  const last = document.querySelector<HTMLElement>("#longest");
  let longest = Number(at.dataset["longest"]);
  let countdown = new Countdown(Number(at.dataset["ends"]), Number(at.dataset["now"]) - Date.now());

  function tick(): void {
    const left = countdown.left();
    shown.textContent = written(left);
    bar.classList.toggle("soon", left <= 120);
    const soon = left <= 120 && left > 0;
    if (more) more.hidden = !soon || longest <= countdown.ends;
    if (last) last.hidden = !soon || longest > countdown.ends;
    const due = countdown.due();
    if (due !== undefined) (due <= 60 ? alert : status).textContent = say("held", { time: spoken(due) });
    // The server says that it is over, and what to do now.
    if (left <= 0) location.replace(`/checkout/${hold}`);
    else setTimeout(tick, 250);
  }

  function take({ body, ahead }: api.Answer<api.Hold>): void {
    longest = Date.parse(body.longestUntil);
    countdown = new Countdown(Date.parse(body.expiresAt), ahead);
  }

  more?.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    api.extend(hold).then((answer) => {
      take(answer);
      status.textContent = say("have", { time: spoken(countdown.left()) });
      document.querySelector<HTMLElement>("#pay button")?.focus();
    }, () => more.submit());
  });

  // A browser that slept, or whose clock was set, asks.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void api.held(hold).then(take, () => undefined);
  });

  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) {
    form.addEventListener("submit", () => {
      const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
      // After the browser has read the form.
      setTimeout(() => { if (button) { button.disabled = true; button.textContent = button.dataset["busy"] ?? button.textContent; } });
    });
  }
  addEventListener("pageshow", (shownAgain) => { if (shownAgain.persisted) location.reload(); });
  tick();
}

if (page) start(page);
