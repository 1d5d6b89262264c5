// The editor of a seat plan: canvas and list beside the forms. A plan of an event that was published is only looked at, and seats are
// taken out of its sale.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../../shared/api";
import { get, send, wrong } from "../ask";
import { facts } from "../body";
import { WITHOUT_TICKETS } from "../home";
import type { Shown } from "../main";
import { type Me, mayAll, may } from "../me";
import { useSource } from "../source";
import { t } from "../t";
import type { Event } from "../types";
import { Pill, Problem, confirmed, titled } from "../ui";
import { clock, count, plain } from "../words";
import { AddRows, Faults, Looks, Tiers } from "./add";
import { Chosen } from "./chosen";
import * as edit from "./edit";
import { Editor } from "./editor";
import { List } from "./list";
import { type Model, total } from "./model";
import { NoPlan, read, write } from "./pretix";
import { type Mode, Stage } from "./stage";
import { Taken } from "./taken";

export function PlanPage({ me, id }: Shown) {
  const [event, put] = useState<Event>();
  const [editor] = useState(() => new Editor(id));
  const [problem, tell] = useState<string>();
  const [ready, is] = useState(false);
  const look = (): Promise<void> => get<Event>(`/event/${id}${WITHOUT_TICKETS}`).then(put);
  useEffect(() => {
    Promise.all([look(), editor.load()]).then(() => is(true), (error: unknown) => tell(wrong(error)));
  }, []);
  useEffect(() => { if (event) titled(`${t("Seat plan")}: ${event.title}`); }, [event?.title]);
  if (problem) return <div class="card alone"><h1>{t("Not here")}</h1><p data-test="problem">{problem}</p><p><a href="/console">{t("All events")}</a></p></div>;
  if (!event || !ready) return <p class="quiet" role="status">{t("Loading …")}</p>;
  return <Desk me={me} event={event} editor={editor} again={() => void look()} />;
}

function Desk({ me, event, editor, again }: { me: Me; event: Event; editor: Editor; again: () => void }) {
  useSource(editor);
  const stage = useRef<Stage | undefined>(undefined);
  const settled = editor.settled !== undefined;
  const writes = may(me, "catalog") && !settled;
  const show = (ids: readonly number[]): void => {
    editor.pick(ids, "replace");
    stage.current?.goTo(new Set(ids));
  };
  useEffect(() => {
    const leave = (going: BeforeUnloadEvent): void => {
      editor.look();
      if (editor.dirty && !editor.keeps) going.preventDefault();
    };
    const keys = (key: KeyboardEvent): void => {
      if (!(key.ctrlKey || key.metaKey) || key.altKey) return;
      const name = key.key.toLowerCase();
      // In a field the keys are the browser's.
      if (name !== "s" && (key.target as HTMLElement).matches("input:not([type=checkbox]), textarea, select")) return;
      const does: Record<string, () => void> = { z: () => (key.shiftKey ? editor.redo() : editor.undo()), y: () => editor.redo(), s: () => void editor.save() };
      if (!does[name] || !writes) return;
      key.preventDefault();
      // What is being written in a field counts, too.
      const field = document.activeElement as HTMLElement | null;
      field?.blur();
      field?.focus();
      does[name]();
    };
    addEventListener("beforeunload", leave);
    addEventListener("keydown", keys);
    return () => { removeEventListener("beforeunload", leave); removeEventListener("keydown", keys); };
  }, [writes]);
  return (
    <>
      <header class="room-head">
        <div class="title"><h1 data-test="name">{event.title}</h1><Pill state={event.state} words={plain(event.state)} test="state" /></div>
        <p class="paths">
          <a href={`/console/event/${event.eventId}`}>{t("Sales")}</a>
          <a href={`/console/edit/${event.eventId}`}>{t("Title, texts and dates")}</a>
          <a href={`/e/${event.eventId}`}>{t("The page of fans")}</a>
          <span class="quiet">{t("{n} ticket|{n} tickets", { n: total(editor.model) })}, {event.venue.name}</span>
        </p>
      </header>
      {settled && <Settled editor={editor} event={event} me={me} />}
      {!settled && !may(me, "catalog") && <p class="note">{t("Your role looks at the plan, and does not change it.")}</p>}
      {writes && <Bar editor={editor} event={event} again={again} />}
      {editor.rival && <Choice editor={editor} event={event} />}
      <div class="desk plan-desk">
        <div class="side">
          <Canvas editor={editor} stage={stage} writes={writes} />
          <section class="card" aria-label={t("The plan as a list")}><h2>{t("The plan as a list")}</h2><List editor={editor} /></section>
        </div>
        <div class="side">
          {settled && <Taken me={me} editor={editor} show={show} />}
          {writes && <Chosen editor={editor} />}
          <Tiers editor={editor} />
          {writes && <AddRows editor={editor} done={() => stage.current?.fit()} />}
          {writes && <Faults editor={editor} show={show} />}
          {writes && <Looks editor={editor} middle={() => stage.current?.middle() ?? { x: 0, y: 0 }} />}
        </div>
      </div>
    </>
  );
}

/** Why nothing can be changed here any more, and what still can. */
function Settled({ editor, event, me }: { editor: Editor; event: Event; me: Me }) {
  const [problem, tell] = useState<string>();
  const copy = async (): Promise<void> => {
    tell(undefined);
    const { externalId: _, ...said } = facts(event);
    const seats = editor.model.seats.map(({ id: __, keepBack: ___, ...one }) => one);
    const tiers = editor.model.tiers.map(({ tierId: __, ...tier }) => tier);
    const points = editor.model.points.map(({ section, x, y }) => ({ x, y, ...(section && { section }) }));
    const made = await send<Event>("POST", "/event", { ...said, title: t("{title} (copy)", { title: event.title }), tiers, seats, focalPoints: points, state: "draft" });
    location.assign(`/console/plan/${made.eventId}`);
  };
  return (
    <div class="note" data-test="settled">
      <p><strong>{editor.settled === "published" ? t("The event is published: fans choose on this plan, so its seats, tiers and prices stay as they are.") : t("Tickets of this event are held, so its plan stays as it is.")}</strong></p>
      <p>{t("What can still change: which seats are kept back, given away or sold at the counter (here); title, texts, dates, venue and limit (under “Title, texts and dates”); fees, vouchers and presales.")}</p>
      {mayAll(me, "catalog") && <button type="button" class="button" data-test="copy" onClick={() => void copy().catch((error: unknown) => tell(wrong(error)))}>{t("Make a new draft with this plan")}</button>}
      <Problem text={problem} />
    </div>
  );
}

/** Two plans: both are kept until one is chosen. */
function Choice({ editor, event }: { editor: Editor; event: Event }) {
  return (
    <div class="note bad" data-test="rival">
      <p>{t("Somebody else saved another plan while you drew: theirs has {theirs} seats, yours {yours}.", { theirs: count(editor.rival!.seats.length), yours: count(editor.model.seats.length) })}</p>
      <div class="buttons">
        <button type="button" class="button" data-test="adopt" onClick={() => editor.adopt()}>{t("Take theirs (undo brings mine back)")}</button>
        <button type="button" class="button" data-test="overwrite" onClick={() => void editor.overwrite()}>{t("Put mine in its place")}</button>
        <button type="button" class="button" onClick={() => file(editor, event)}>{t("Download mine")}</button>
      </div>
    </div>
  );
}

function file(editor: Editor, event: Event): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(write(editor.model, event.venue.name), null, 1)], { type: "application/json" }));
  link.download = `plan-${event.eventId}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Bar({ editor, event, again }: { editor: Editor; event: Event; again: () => void }) {
  const { history } = editor;
  const [incoming, come] = useState<{ name: string; plan: Model }>();
  const open = async (input: HTMLInputElement): Promise<void> => {
    const [chosen] = input.files ?? [];
    if (!chosen) return;
    try {
      const plan = read(JSON.parse(await chosen.text()), editor.model.tiers);
      if (editor.model.seats.length > 0) come({ name: chosen.name, plan });
      else take(chosen.name, plan, false);
    } catch (error) {
      const where = error instanceof NoPlan ? ` (${error.message})` : "";
      editor.tell(t("This is no seating plan of pretix.") + where, true);
    }
    input.value = "";
  };
  const take = (name: string, plan: Model, beside: boolean): void => {
    come(undefined);
    const standing = editor.model.tiers.filter((tier) => tier.generalAdmission);
    editor.do(t("open {file}", { file: name }), beside ? edit.merge(editor.model, plan) : { ...plan, tiers: [...plan.tiers, ...standing] });
  };
  const publish = async (): Promise<void> => {
    if ((editor.dirty || editor.bad > 0) && !await editor.save()) return;
    const kept = editor.model.seats.filter((one) => one.keepBack !== undefined).length;
    const yes = await confirmed({
      title: t("Publish “{title}”?", { title: event.title }),
      lines: [
        t("{n} ticket|{n} tickets", { n: total(editor.model) }) + (kept > 0 ? `, ${t("of which {n} are kept back", { n: kept })}` : ""),
        t("Fans find it from now on, and buy when the sale begins."), t("Seats, tiers and prices cannot be changed afterwards."),
      ], yes: t("Publish"),
    });
    if (!yes) return;
    try {
      const now = await get<Event>(`/event/${event.eventId}${WITHOUT_TICKETS}`);
      await send("PUT", `/event/${event.eventId}`, { ...facts(now), state: "published" }, now.version);
      editor.pick([], "replace");
      await editor.refresh();
      editor.tell(t("Published."));
      again();
    } catch (error) {
      editor.tell(error instanceof Refused ? error.message : wrong(error), true);
    }
  };
  return (
    <div class="card plan-bar" data-test="bar">
      <div class="buttons">
        <button type="button" class="button" data-test="undo" disabled={history.undoes === undefined} title={history.undoes} onClick={() => editor.undo()}>{t("Undo")}</button>
        <button type="button" class="button" data-test="redo" disabled={history.redoes === undefined} title={history.redoes} onClick={() => editor.redo()}>{t("Redo")}</button>
        <label class="button file">{t("Open a file (pretix)")}<input type="file" accept="application/json,.json" class="vh" data-test="open" onChange={(change) => void open(change.currentTarget)} /></label>
        <button type="button" class="button" data-test="export" onClick={() => file(editor, event)}>{t("Save as a file")}</button>
        <span class="plan-state quiet" data-test="dirty" data-dirty={editor.dirty}>{editor.dirty ? t("Not saved yet") : t("All is saved")}</span>
        <button type="button" class="button primary" data-test="save" disabled={editor.busy || !editor.dirty} onClick={() => void editor.save()}>{t("Save")}</button>
        {event.state === "draft" && <button type="button" class="button" data-test="publish" disabled={editor.busy} onClick={() => void publish()}>{t("Publish …")}</button>}
      </div>
      {incoming && (
        <div class="note" data-test="incoming">
          <p>{t("{file} has {n} seats. Where shall they come?", { file: incoming.name, n: count(incoming.plan.seats.length) })}</p>
          <div class="buttons">
            <button type="button" class="button" data-test="replace" onClick={() => take(incoming.name, incoming.plan, false)}>{t("In the place of those that are there")}</button>
            <button type="button" class="button" data-test="beside" onClick={() => take(incoming.name, incoming.plan, true)}>{t("Beside them")}</button>
            <button type="button" class="button" onClick={() => come(undefined)}>{t("Nowhere")}</button>
          </div>
        </div>
      )}
      {editor.restored !== undefined && (
        <p class="note" data-test="restored">
          {t("This is what you drew until {time} and did not save.", { time: clock(editor.restored) })}{" "}
          <button type="button" class="link" data-test="discard" onClick={() => void editor.discard()}>{t("Throw it away")}</button>
        </p>
      )}
      {!editor.keeps && editor.dirty && <p class="note bad">{t("This browser has no room to keep what is not saved: save often, or download the plan.")}</p>}
      <p class={editor.said?.bad ? "said bad" : "said"} role={editor.said?.bad ? "alert" : "status"} data-test={editor.said?.bad ? "problem" : "said"}>{editor.said?.text}</p>
    </div>
  );
}

function Canvas({ editor, stage, writes }: { editor: Editor; stage: { current: Stage | undefined }; writes: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [mode, put] = useState<Mode>("select");
  useEffect(() => {
    const made = new Stage(host.current!, canvas.current!, {
      pick: (ids, how) => editor.pick(ids, how),
      moved: (x, y) => editor.moved(x, y),
      point: (x, y) => editor.do(t("where people look to"), edit.look(editor.model, "", { x, y })),
    });
    stage.current = made;
    Object.assign(host.current!, { usher: { stage: made, editor } });
    return () => made.end();
  }, []);
  useEffect(() => stage.current?.show(editor.model, editor.chosen, editor.taken));
  if (stage.current) stage.current.mode = mode;
  const modes: [Mode, string][] = [["select", t("Choose")], ...(writes ? [["move", t("Move")], ["look", t("Look point")]] as [Mode, string][] : []), ["pan", t("Pan")]];
  const keys = (event: KeyboardEvent): void => {
    if (event.target !== host.current || event.altKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    let done = true;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") editor.pick(editor.model.seats.map((one) => one.id), "replace");
    else if (event.ctrlKey || event.metaKey) done = false;
    else if (event.key === "Escape") editor.pick([], "replace");
    else if (writes && event.key === "Delete" && editor.chosen.size > 0) editor.do(t("delete"), edit.remove(editor.model, editor.chosen));
    else if (writes && step && mode === "move" && editor.chosen.size > 0) editor.moved(step[0] * 5, step[1] * 5);
    else done = stage.current?.key(event.key) ?? false;
    if (done) event.preventDefault();
  };
  return (
    <section class="card plan-stage" aria-label={t("The plan as a drawing")}>
      <div class="plan-tools">
        <div class="switch" role="group" aria-label={t("What dragging does")}>
          {modes.map(([one, words]) => <button type="button" key={one} aria-pressed={mode === one} data-test={`mode-${one}`} onClick={() => put(one)}>{words}</button>)}
        </div>
        <div class="buttons">
          <button type="button" class="button" aria-label={t("Nearer")} onClick={() => stage.current?.zoom(1.5)}>+</button>
          <button type="button" class="button" aria-label={t("Farther")} onClick={() => stage.current?.zoom(1 / 1.5)}>−</button>
          <button type="button" class="button" data-test="whole" onClick={() => stage.current?.fit()}>{t("All of it")}</button>
        </div>
      </div>
      <div
        ref={host} class="plan-canvas" role="application" tabIndex={0} data-test="stage" data-mode={mode} onKeyDown={keys}
        aria-label={t("Drawing of the plan. Arrow keys move the view, plus and minus zoom, Ctrl and A chooses all, Escape none. The list below has every seat.")}
      ><canvas ref={canvas} aria-hidden="true" /></div>
    </section>
  );
}
