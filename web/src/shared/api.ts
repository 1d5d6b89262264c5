// The calls that the pages make. A refusal is a problem, thrown as `Refused`.
import type { WirePlan } from "../map/plan";
import type { Told } from "../map/stock";
import { told } from "./words";

export interface Money {
  minor: number;
  currency: string;
}

export interface HeldTicket {
  ticketId: string;
  place: string;
  price: Money;
}

export interface Hold {
  holdId: string;
  eventId: string;
  expiresAt: string;
  longestUntil: string;
  tickets: HeldTicket[];
  total?: Money;
  placement?: "together" | "adjacentRows" | "split";
}

/** What is asked of best available. */
export interface Best {
  quantity: number;
  tier?: string;
  to?: number;
  accessible?: number;
}

export class Refused extends Error {
  constructor(readonly status: number, readonly problem: Record<string, unknown>) {
    super(told(problem));
  }

  /** The last part of the kind: `seats-taken`. */
  get kind(): string {
    return String(this.problem["type"] ?? "").split(/[/#]/).pop() ?? "";
  }
}

/** An answer, and how far the server's clock is ahead of ours in milliseconds, as well as its seconds tell. */
export interface Answer<T> {
  body: T;
  ahead: number;
}

export async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
  const began = Date.now();
  const answer = await fetch(path, {
    method,
    headers: { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json: unknown = text === "" ? undefined : JSON.parse(text);
  if (!answer.ok) {
    const problem = (json ?? {}) as Record<string, unknown>;
    // Whoever is not let in any more sees the line.
    if (answer.status === 429 && problem["queue"]) location.reload();
    throw new Refused(answer.status, problem);
  }
  const said = Date.parse(answer.headers.get("date") ?? "");
  // The header has whole seconds, cut off: half a second is the middle of what it may mean.
  const ahead = Number.isNaN(said) ? 0 : said + 500 - (began + Date.now()) / 2;
  return { body: json as T, ahead };
}

const get = async <T>(path: string): Promise<T> => (await call<T>("GET", path)).body;

export const plan = (event: string, hash: string): Promise<WirePlan> => get(`/event/${event}/seats/${hash}`);
export const availability = (event: string): Promise<Told> => get(`/event/${event}/availability`);
export const held = (hold: string): Promise<Answer<Hold>> => call("GET", `/booking/hold/${hold}`);
export const extend = (hold: string): Promise<Answer<Hold>> => call("POST", `/booking/hold/${hold}/extend`);
export const release = (hold: string): Promise<Answer<undefined>> => call("DELETE", `/booking/hold/${hold}`);
export const order = <T>(id: string): Promise<T> => get(`/order/${id}`);

/** Somebody who only wants tickets; the cookie of the answer says so from now on. */
export const guest = (): Promise<unknown> => call("POST", "/account/guest", {});

function reserve(body: Record<string, unknown>, key: string, instead?: string, code?: string): Promise<Answer<Hold>> {
  const all = { ...body, ...(instead && { insteadOf: instead }), ...(code && { code }) };
  return call("POST", "/booking/reserve", all, { "idempotency-key": key });
}

/** Holds these seats, in place of the hold `instead` where there is one. */
export const seats = (ids: string[], key: string, instead?: string, code?: string): Promise<Answer<Hold>> =>
  reserve({ ticketIds: ids }, key, instead, code);

export const best = (event: string, asked: Best, key: string, instead?: string, code?: string): Promise<Answer<Hold>> =>
  reserve({
    eventId: event,
    bestAvailable: true,
    quantity: asked.quantity,
    ...(asked.tier && { tier: asked.tier }),
    ...(asked.to !== undefined && { price: { to: asked.to } }),
    ...(asked.accessible && { accessible: asked.accessible }),
  }, key, instead, code);

export const offer = (event: string, secret: string, key: string): Promise<Answer<Hold>> =>
  reserve({ eventId: event, offer: secret }, key);

export interface Waiting {
  state: string;
  ahead?: number;
}

export const wait = async (event: string, quantity: number): Promise<Waiting> =>
  (await call<Waiting>("POST", `/event/${event}/waitlist`, { quantity })).body;

export const tellBuyer = (email: string): Promise<unknown> => call("PUT", "/account", { email });

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The public id of a ticket: its event's UUID and its number as four bytes, in URL-safe base64 without padding. */
export function ticketId(event: string, bit: number): string {
  const hex = event.replaceAll("-", "");
  const bytes = Array.from({ length: 16 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  bytes.push((bit >>> 24) & 255, (bit >>> 16) & 255, (bit >>> 8) & 255, bit & 255);
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const three = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let j = 0; j < 4 && i + j <= bytes.length; j += 1) text += ALPHABET[(three >> (18 - 6 * j)) & 63];
  }
  return text;
}

/** The number of the ticket with this id. */
export function bitOf(id: string): number {
  const bytes = Uint8Array.from(atob(id.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new DataView(bytes.buffer).getUint32(16);
}
