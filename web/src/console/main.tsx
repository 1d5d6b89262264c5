// The organizer's console: one page, filled by its address. Each part is an island that is loaded when it is looked at.
import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get, onSignedOut, send } from "./ask";
import { Home } from "./home";
import { type Choice, type Me, choose, find, may, mayAll, nameOf, named } from "./me";
import { Choose, SignIn } from "./sign-in";
import { t } from "./t";
import { Asks, Problem } from "./ui";

export interface Shown {
  me: Me;
  id: string;
}

type Island = ComponentType<Shown>;

const rest = () => import("./rest");
const catalog = () => import("./catalog/catalog");
const PAGES: Record<string, () => Promise<Island>> = {
  room: () => import("./room/room").then((island) => island.RoomPage),
  edit: () => catalog().then((island) => island.EditPage),
  venues: () => catalog().then((island) => island.VenuesPage),
  plan: () => import("./plan/plan").then((island) => island.PlanPage),
  event: () => rest().then((island) => island.EventPage),
  webhooks: () => rest().then((island) => island.HooksPage),
  team: () => rest().then((island) => island.TeamPage),
  audit: () => rest().then((island) => island.AuditPage),
  demo: () => rest().then((island) => island.DemoPage),
};

const [, , kind = "", id = ""] = location.pathname.split("/");

function Page({ me }: { me: Me }) {
  const [found, put] = useState<{ Island: Island }>();
  const [lost, lose] = useState(false);
  const load = PAGES[kind];
  useEffect(() => {
    load?.().then((Island) => put({ Island }), () => lose(true));
  }, []);
  if (!load) return <Home me={me} />;
  if (lost) return <Problem text={t("This page could not be loaded. Please reload it.")} />;
  return found ? <found.Island me={me} id={id} /> : <p class="quiet" role="status">{t("Loading …")}</p>;
}

function Links({ me }: { me: Me }) {
  const [hasDemo, put] = useState(false);
  // Only a system with the demo data has it.
  useEffect(() => void get("/demo").then(() => put(true), () => undefined), []);
  const all: [string, string, boolean][] = [
    ["", t("Rooms and events"), may(me, "look")],
    ["venues", t("Venues"), mayAll(me, "look")],
    ["webhooks", t("Webhooks"), mayAll(me, "team")],
    ["team", t("Team and keys"), mayAll(me, "team")],
    ["audit", t("Changes"), may(me, "audit")],
    ["demo", t("Demo"), hasDemo],
  ];
  const here = PAGES[kind] ? kind : "";
  return (
    <nav class="links" aria-label={t("Console")}>
      {all.filter(([, , allowed]) => allowed).map(([path, name]) => (
        <a href={path ? `/console/${path}` : "/console"} aria-current={here === path ? "page" : undefined}>{name}</a>
      ))}
    </nav>
  );
}

function Console() {
  const [me, put] = useState<Me | "out" | "unknown" | "away">("unknown");
  const look = (): void => void find().then((found) => put(found ?? "out"), () => put("away"));
  useEffect(() => {
    onSignedOut(() => put("out"));
    look();
  }, []);
  useEffect(() => {
    if (typeof me === "string" || me.choices.length < 2 || me.choices.every((choice) => choice.name)) return;
    void named(me).then((all) => {
      if (all.some((choice) => choice.name)) put({ ...me, choices: all, chosen: all.find((one) => one.organizerId === me.chosen?.organizerId) });
    });
  }, [typeof me === "string" ? me : me.account.accountId]);
  const pick = (choice: Choice): void => {
    if (typeof me === "string") return;
    put(choose(me, choice));
  };
  const leave = (): void => void send("POST", "/account/sign-out").finally(() => put("out"));
  const inside = typeof me !== "string";
  return (
    <>
      <a class="skip" href="#main">{t("To the content")}</a>
      <header class="bar">
        <a class="brand" href="/console">Usher <span>{t("console")}</span></a>
        {inside && me.chosen && <Links me={me} />}
        {inside && (
          <div class="who">
            {me.choices.length > 1 && me.chosen && (
              <button type="button" class="link" data-test="organizer" title={t("Work for another organizer")} onClick={() => put({ ...me, chosen: undefined })}>
                {nameOf(me.chosen)}
              </button>
            )}
            <button type="button" class="link" data-test="sign-out" onClick={leave}>{t("Sign out")}</button>
          </div>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        {me === "unknown" && <p class="quiet" role="status">{t("Loading …")}</p>}
        {me === "away" && <div class="alone card"><h1>{t("No answer")}</h1><p>{t("The gate does not answer.")}</p><button type="button" class="button" onClick={look}>{t("Try again")}</button></div>}
        {me === "out" && <SignIn then={look} />}
        {inside && (me.chosen ? <Page key={me.chosen.organizerId} me={me} /> : <Choose me={me} pick={pick} />)}
      </main>
      <Asks />
    </>
  );
}

// Which tab of a room is shown stands behind the `#`: another language shows the same one.
document.querySelector(".languages")?.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("a");
  if (link) link.hash = location.hash;
});

render(<Console />, document.getElementById("console")!);
