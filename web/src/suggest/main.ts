// The form of the search: suggests while one types, and asks for what is near. Without this script it is a form.
import { CLOSED, type Open, type Suggestion, opened, pressed, taken, told } from "./choice";
import { say } from "../shared/words";

/** How long nothing is typed before it is asked, in milliseconds. */
const PAUSE = 120;

const form = document.getElementById("search") as HTMLFormElement;
const field = document.getElementById("token") as HTMLInputElement;
const near = document.getElementById("near") as HTMLButtonElement;
const says = document.getElementById("told") as HTMLElement;
const list = document.createElement("ul");

let open: Open = CLOSED;
let asked: AbortController | undefined;
let timer: number | undefined;

function part(name: string, text: string): HTMLElement {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

function option({ kind, text, detail }: Suggestion, index: number): HTMLLIElement {
  const item = document.createElement("li");
  item.id = `option-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", String(index === open.chosen));
  item.dataset["test"] = "option";
  item.append(part("text", text), part("kind", say(`kind.${kind}`)));
  if (detail) item.append(part("detail", detail));
  // Before the field loses its focus, which closes the list.
  item.addEventListener("pointerdown", (event) => event.preventDefault());
  item.addEventListener("click", () => location.assign(open.suggestions[index].link));
  return item;
}

function show(next: Open): void {
  const isNew = next.suggestions !== open.suggestions;
  open = next;
  list.replaceChildren(...open.suggestions.map(option));
  list.hidden = open.suggestions.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  if (open.chosen === null) field.removeAttribute("aria-activedescendant");
  else {
    field.setAttribute("aria-activedescendant", `option-${open.chosen}`);
    list.children[open.chosen].scrollIntoView({ block: "nearest" });
  }
  if (isNew) says.textContent = told(open);
}

async function suggest(): Promise<void> {
  asked?.abort();
  const typed = field.value.trim();
  if (typed.length < 2) return show(CLOSED);
  asked = new AbortController();
  const { signal } = asked;
  try {
    const answer = await fetch(`/search/suggest?${new URLSearchParams({ token: typed, limit: "4" })}`, { signal, headers: { accept: "application/json" } });
    const { suggestions } = answer.ok ? ((await answer.json()) as { suggestions: Suggestion[] }) : { suggestions: [] };
    if (!signal.aborted && document.activeElement === field) show(opened(suggestions));
  } catch {
    // Without suggestions it is a field like any other.
    if (!signal.aborted) show(CLOSED);
  }
}

function keyed(event: KeyboardEvent): void {
  if (event.isComposing) return;
  const link = event.key === "Enter" ? taken(open) : undefined;
  const next = pressed(open, event.key);
  if (!link && !next) return;
  event.preventDefault();
  if (link) location.assign(link);
  else if (next) show(next);
}

function locate(): void {
  near.disabled = true;
  const there = ({ coords }: GeolocationPosition): void => {
    // About a kilometre: nobody needs to know it better.
    (document.getElementById("location") as HTMLInputElement).value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
    form.requestSubmit();
  };
  const refused = (): void => {
    near.disabled = false;
    says.textContent = say("nowhere");
    says.className = "meant";
  };
  navigator.geolocation.getCurrentPosition(there, refused, { maximumAge: 600_000, timeout: 10_000 });
}

list.id = "options";
list.className = "options";
list.hidden = true;
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", say("suggestions"));
field.parentElement?.append(list);
for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) field.setAttribute(name, value);
field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = window.setTimeout(() => void suggest(), PAUSE);
});
field.addEventListener("keydown", keyed);
field.addEventListener("blur", () => show(CLOSED));
// A field that is empty says nothing in an address that somebody sends on.
form.addEventListener("submit", () => {
  for (const empty of form.querySelectorAll<HTMLInputElement>("input[name], select[name]")) if (empty.value === "" || empty.value === "relevance") empty.disabled = true;
});
addEventListener("pageshow", () => form.querySelectorAll<HTMLInputElement>(":disabled").forEach((one) => { one.disabled = false; }));
near.hidden = !("geolocation" in navigator);
near.addEventListener("click", locate);
