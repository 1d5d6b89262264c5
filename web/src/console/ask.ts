// The calls that the console makes. Each says for which organizer it is made.
import { Refused, call } from "../shared/api";
import { refusal } from "./problem";
import { load, t } from "./t";

let organizer: string | undefined;
let signedOut: () => void = () => {};

/** From now on calls are made for this organizer. */
export function workFor(id: string | undefined): void {
  organizer = id;
}

/** Called when an answer says that nobody is signed in any more. */
export function onSignedOut(then: () => void): void {
  signedOut = then;
}

function head(more: Record<string, string> = {}): Record<string, string> {
  return { ...(organizer && { "usher-organizer": organizer }), ...more };
}

async function refused(error: unknown): Promise<never> {
  // What it is called is loaded when the first call is refused.
  if (error instanceof Refused) await load("problems").catch(() => undefined);
  if (error instanceof Refused && error.status === 401) signedOut();
  throw error;
}

/** Signs in. A password that is wrong is not a session that is over. */
export async function signIn(email: string, password: string): Promise<void> {
  await call("POST", "/account/sign-in", { email, password }).catch(async (error: unknown) => {
    await load("problems").catch(() => undefined);
    throw error;
  });
}

export async function get<T>(path: string): Promise<T> {
  return call<T>("GET", path, undefined, head()).then(({ body }) => body, refused);
}

/** Changes something; only where it is at `version`, if one is given. */
export async function send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, version?: number, key?: string): Promise<T> {
  const more = { ...(version !== undefined && { "if-match": `"${version}"` }), ...(key && { "idempotency-key": key }) };
  return call<T>(method, path, body, head(more)).then((answer) => answer.body, refused);
}

/** Sends a table. */
export async function sendTable<T>(path: string, csv: string): Promise<T> {
  const answer = await fetch(path, { method: "POST", headers: head({ accept: "application/json", "content-type": "text/csv" }), body: csv });
  return read<T>(answer);
}

/** Sends a file as it is. */
export async function sendFile<T>(path: string, file: File): Promise<T> {
  const answer = await fetch(path, { method: "POST", headers: head({ accept: "application/json", "content-type": file.type }), body: file });
  return read<T>(answer);
}

async function read<T>(answer: Response): Promise<T> {
  const json: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) await refused(new Refused(answer.status, json as Record<string, unknown>));
  return json as T;
}

/** Saves what the call answers as a file. A link cannot say for which organizer it is. */
export async function download(path: string, name: string): Promise<void> {
  const answer = await fetch(path, { headers: head({ accept: "text/csv, application/json" }) });
  if (!answer.ok) await read(answer);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export interface Told {
  event: string;
  data: string;
}

/** Takes server-sent events apart. What is not whole yet waits for the next piece. */
export class Events {
  private rest = "";

  take(piece: string): Told[] {
    const parts = (this.rest + piece).split("\n\n");
    this.rest = parts.pop() ?? "";
    return parts.flatMap((part) => {
      const lines = part.split("\n").map((line) => line.split(/: ?(.*)/s));
      const said = (name: string) => lines.filter(([field]) => field === name).map(([, value]) => value ?? "");
      const data = said("data");
      return data.length > 0 ? [{ event: said("event")[0] ?? "message", data: data.join("\n") }] : [];
    });
  }
}

/** The events of a stream, until it ends. An EventSource cannot say for which organizer it asks. */
export async function* stream(path: string, signal: AbortSignal): AsyncGenerator<Told> {
  const answer = await fetch(path, { headers: head({ accept: "text/event-stream" }), signal });
  if (!answer.ok || !answer.body) await read(answer);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events = new Events();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* events.take(value);
  }
}

/** What went wrong, for a person. */
export function wrong(error: unknown): string {
  return error instanceof Refused ? refusal(error) : t("No answer. Look at the connection and try again.");
}
