// Pieces that all pages of the console are made of.
import type { ComponentChildren, ComponentProps } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { wrong } from "./ask";
import { t } from "./t";
import { plain } from "./words";

/** A form that sends itself once at a time, and says beside its button what went wrong. */
export function Form({ children, send, test, className }: {
  children: ComponentChildren;
  send: (values: Record<string, string>, form: HTMLFormElement, button: HTMLButtonElement | null) => Promise<string | void>;
  test: string;
  className?: string;
}) {
  const [said, say] = useState<{ text: string; bad: boolean }>();
  const busy = useRef(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy.current) return;
    busy.current = true;
    say(undefined);
    const form = event.currentTarget as HTMLFormElement;
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    try {
      const done = await send(values, form, event.submitter as HTMLButtonElement | null);
      if (done) say({ text: done, bad: false });
    } catch (error) {
      say({ text: error instanceof Said ? error.message : wrong(error), bad: true });
    }
    busy.current = false;
  };
  return (
    <form class={className} data-test={test} onSubmit={(event) => void submit(event)}>
      {children}
      <p class={said?.bad ? "said bad" : "said"} role={said?.bad ? "alert" : "status"} data-test={said?.bad ? "problem" : "saved"}>{said?.text}</p>
    </form>
  );
}

/** What the window is called. */
export function titled(page: string): void {
  document.title = t("{page}: Usher console", { page });
}

/** Something that we say ourselves, not an answer. */
export class Said extends Error {}

export function Field({ label, hint, children }: { label: string; hint?: ComponentChildren; children: ComponentChildren }) {
  return <label class="field"><span>{label}</span>{children}{hint && <small>{hint}</small>}</label>;
}

/** A number, taken as it is typed where it can be. What is typed stays as it is until one leaves, however often the page is drawn meanwhile. */
export function NumberInput({ value, set, test, ...rest }: Pick<ComponentProps<"input">, "id" | "name" | "min" | "max" | "step" | "required" | "disabled"> & {
  value: number; set: (value: number) => void; test?: string;
}) {
  const [typed, keep] = useState<string>();
  return (
    <input
      {...rest} type="number" value={typed ?? String(value)} data-test={test}
      onInput={(event) => {
        keep(event.currentTarget.value);
        const number = event.currentTarget.valueAsNumber;
        if (!Number.isNaN(number)) set(number);
      }}
      onBlur={() => keep(undefined)}
    />
  );
}

export function Card({ title, children, test, side, wide }: {
  title?: string; children: ComponentChildren; test?: string; side?: ComponentChildren; wide?: boolean;
}) {
  return (
    <section class={wide ? "card wide" : "card"} data-test={test}>
      {title && <div class="card-head"><h2>{title}</h2>{side}</div>}
      {children}
    </section>
  );
}

export interface Row {
  key: string | number;
  /** The first one names the row. */
  cells: ComponentChildren[];
  /** What tests find it by. */
  test?: string;
}

/** A head that begins with `#` stands over numbers, one that begins with `-` is only heard. */
export function Table({ label, heads, rows, test, foot, tall }: {
  label: string; heads: string[]; rows: Row[]; test?: string | undefined; foot?: ComponentChildren[]; tall?: boolean;
}) {
  const look = (index: number): string | undefined => (heads[index].startsWith("#") ? "n" : undefined);
  const line = (cells: ComponentChildren[]) => cells.map((cell, index) => (index === 0 ? <th scope="row">{cell}</th> : <td class={look(index)}>{cell}</td>));
  return (
    <div class={tall ? "scroll tall" : "scroll"} role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead><tr>{heads.map((head, index) => <th scope="col" class={look(index)}>{head.startsWith("-") ? <span class="vh">{head.slice(1)}</span> : head.replace("#", "")}</th>)}</tr></thead>
        <tbody data-test={test}>{rows.map((row) => <tr key={row.key} data-id={row.key} data-test={row.test}>{line(row.cells)}</tr>)}</tbody>
        {foot && <tfoot><tr>{line(foot)}</tr></tfoot>}
      </table>
    </div>
  );
}

export type Tone = "good" | "warn" | "bad" | "calm";

/** One number at a glance; `part` fills a bar beneath it. */
export function Tile({ name, value, more, part, tone = "calm", test, title }: {
  name: string; value: ComponentChildren; more?: ComponentChildren; part?: number | undefined; tone?: Tone; test?: string; title?: string;
}) {
  return (
    <div class="tile" data-tone={tone} title={title}>
      <dt>{name}</dt>
      <dd><span class="number" data-test={test}>{value}</span>{part !== undefined && <Bar part={part} />}{more !== undefined && <span class="more">{more}</span>}</dd>
    </div>
  );
}

/** How much of something, without words. */
export function Bar({ part }: { part: number }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => { bar.current!.style.width = `${Math.min(100, Math.max(0, part * 100))}%`; });
  return <span class="meter" aria-hidden="true"><span ref={bar} /></span>;
}

const TONES: Record<string, Tone> = {
  open: "good", onSale: "good", enabled: "good", delivered: "good", paused: "warn", drained: "warn", lobby: "calm", scheduled: "calm", due: "calm",
  bypass: "bad", reject: "bad", failed: "bad", off: "bad", soldOut: "good", postponed: "warn", cancelled: "bad",
};

export const tone = (state: string): Tone => TONES[state] ?? "calm";

export function Pill({ state, words = plain(state), test }: { state: string; words?: string; test?: string }) {
  return <span class="pill" data-tone={tone(state)} data-state={state} data-test={test}>{words}</span>;
}

export interface Question {
  title: string;
  lines: string[];
  fans?: string | undefined;
  yes: string;
}

interface Asking extends Question {
  answer: (yes: boolean) => void;
}

let asking: (question: Asking) => void = () => {};

/** Asks before something is done that should be looked at twice. */
export function confirmed(question: Question): Promise<boolean> {
  return new Promise((answer) => asking({ ...question, answer }));
}

/** Where questions are asked: once in a page. */
export function Asks() {
  const [question, put] = useState<Asking>();
  const dialog = useRef<HTMLDialogElement>(null);
  asking = put;
  useEffect(() => { if (question) dialog.current?.showModal(); }, [question]);
  const close = (yes: boolean): void => {
    dialog.current?.close();
    question?.answer(yes);
    put(undefined);
  };
  if (!question) return null;
  return (
    <dialog ref={dialog} class="ask" aria-labelledby="ask-title" data-test="ask" onCancel={(event) => { event.preventDefault(); close(false); }}>
      <h2 id="ask-title">{question.title}</h2>
      <ul>{question.lines.map((line) => <li>{line}</li>)}</ul>
      {question.fans && <p class="quote">{t("Fans in line read: “{words}”", { words: question.fans })}</p>}
      <div class="buttons end">
        <button type="button" class="button" data-test="ask-no" autofocus onClick={() => close(false)}>{t("Leave it as it is")}</button>
        <button type="button" class="button danger" data-test="ask-yes" onClick={() => close(true)}>{question.yes}</button>
      </div>
    </dialog>
  );
}

/** Shows a secret once, with a button that copies it. */
export function Secret({ label, text, test }: { label: string; text: string; test: string }) {
  const [copied, copy] = useState(false);
  return (
    <div class="secret" role="status">
      <strong>{label}</strong>
      <code data-test={test} tabIndex={0}>{text}</code>
      <button type="button" class="button" onClick={() => void navigator.clipboard.writeText(text).then(() => copy(true))}>{copied ? t("Copied") : t("Copy")}</button>
    </div>
  );
}

export function Problem({ text }: { text: string | undefined }) {
  return text ? <p class="said bad" role="alert" data-test="problem">{text}</p> : null;
}
