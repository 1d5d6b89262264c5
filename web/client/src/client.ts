import type { Jar } from './jar.js';
import { NoAnswer, Refused } from './refused.js';
import { KEYED, type Calls, type Problem } from './schema.js';

/** A call, as `POST /booking/reserve`. */
export type Call = keyof Calls;

/** A part that may be left out where nothing in it must be there. */
type Part<Name extends string, T> = {} extends T ? { [name in Name]?: T } : { [name in Name]: T };

type BodyOf<T> = [T] extends ['' | never] ? unknown : undefined extends T ? { body?: T } : { body: T };

/** What a call takes. */
export type Input<C extends Call> = Part<'path', Calls[C]['path']> &
  Part<'query', Calls[C]['query']> &
  Part<'header', Calls[C]['header']> &
  BodyOf<Calls[C]['body']>;

/** What a call answers when it went well. */
export type Answer<C extends Call> = Calls[C]['answer'];

/** How one call is made. */
export interface Options {
  signal?: AbortSignal;
  /** Headers beside those that the document names. */
  headers?: Record<string, string>;
}

export interface Settings {
  /** Where the gate is, `https://tickets.example`; nothing in a page that the gate serves. */
  gate?: string;
  /** The token of a session, or the key of an organizer. In a page the cookie does. */
  token?: string;
  /** Keeps cookies in a program. In a page the browser does. */
  jar?: Jar;
  /** How often a call is made at most that is safe to make again; 4 where nobody says. */
  attempts?: number;
  /** How long one call may wait for later tries in all, in milliseconds; 20 seconds where nobody says. */
  patience?: number;
  fetch?: typeof fetch;
  /** Waits; a test need not. */
  wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** The first pause after no answer, in milliseconds; each later one is twice as long, and up to half of it is chance. */
const PAUSE = 200;

/** Answers that say nothing of whether the call was carried out. */
const BROKEN = [502, 504];

/** Refusals that are an answer, though they say when to come again: one goes to the line, not to the same door. */
const FINAL = new Set<string>(['queue-required']);

/** Somebody at a gate. */
export class Usher {
  token: string | undefined;
  readonly #settings: Settings;

  constructor(settings: Settings = {}) {
    this.#settings = settings;
    this.token = settings.token;
  }

  /**
   * Makes a call. What is safe to make again is made again, where the gate says when or did not answer: reads, and calls under
   * an `Idempotency-Key`, which get one if none is given. All else is made once.
   *
   * @throws {Refused} where the gate says no
   * @throws {NoAnswer} where nobody answers
   */
  async call<C extends Call>(
    call: C,
    ...[input, options]: {} extends Input<C> ? [Input<C>?, Options?] : [Input<C>, Options?]
  ): Promise<Answer<C>> {
    const { method, request } = this.#request(call, (input ?? {}) as Parts, options);
    const isSafe = method === 'GET' || KEYED.has(call);
    let left = this.#settings.patience ?? 20_000;
    for (let attempt = 1; ; attempt += 1) {
      const isLast = !isSafe || attempt >= (this.#settings.attempts ?? 4);
      const outcome = await this.#once(call, request);
      if (!('error' in outcome)) return outcome.answer as Answer<C>;
      const pause = outcome.again === 'soon' ? PAUSE * 2 ** (attempt - 1) : (outcome.again ?? Infinity);
      if (isLast || pause > left || options?.signal?.aborted === true) throw outcome.error;
      left -= pause;
      await (this.#settings.wait ?? wait)(pause + Math.random() * (pause / 2), options?.signal);
    }
  }

  #request(call: string, input: Parts, options: Options | undefined) {
    const [method = 'GET', template = '/'] = call.split(' ');
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input.path?.[name])));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const headers = new Headers({ accept: 'application/json', ...options?.headers });
    for (const [name, value] of Object.entries(input.header ?? {})) {
      if (value !== undefined) headers.set(name, String(value));
    }
    if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`);
    if (KEYED.has(call) && !headers.has('idempotency-key')) headers.set('idempotency-key', crypto.randomUUID());
    const init: RequestInit = { method, headers, credentials: 'same-origin', redirect: 'manual' };
    if (options?.signal !== undefined) init.signal = options.signal;
    if (input.body !== undefined) {
      headers.set('content-type', 'application/json');
      init.body = JSON.stringify(input.body);
    }
    const marks = query.size > 0 ? `?${query}` : '';
    return { method, request: { url: (this.#settings.gate ?? '') + path + marks, init, headers } };
  }

  async #once(call: string, request: { url: string; init: RequestInit; headers: Headers }): Promise<Outcome> {
    const cookies = this.#settings.jar?.header();
    if (cookies !== undefined) request.headers.set('cookie', cookies);
    try {
      const response = await (this.#settings.fetch ?? fetch)(request.url, request.init);
      this.#settings.jar?.keep(response.headers);
      return await read(call, response);
    } catch (error) {
      return { error: new NoAnswer(call, 'nobody answered', error), again: 'soon' };
    }
  }
}

interface Parts {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  header?: Record<string, unknown>;
  body?: unknown;
}

/** What came, or what went wrong and after which pause to try again. */
type Outcome = { answer: unknown } | { error: Error; again: number | 'soon' | undefined };

async function read(call: string, response: Response): Promise<Outcome> {
  const media = (response.headers.get('content-type') ?? '').split(';')[0];
  if (response.ok) {
    if (response.status === 204 || media === '') return { answer: undefined };
    if (media === 'application/json') return { answer: await response.json() };
    const isText = media?.startsWith('text/') === true || media === 'image/svg+xml';
    return { answer: isText ? await response.text() : await response.arrayBuffer() };
  }
  if (media !== 'application/problem+json') {
    return { error: new NoAnswer(call, `an answer ${response.status} that is no problem of a gate`), again: undefined };
  }
  const after = response.headers.get('retry-after');
  const seconds = after !== null && /^\d+$/.test(after) ? Number(after) : undefined;
  const error = new Refused(call, (await response.json()) as Problem, seconds);
  if (BROKEN.includes(response.status)) return { error, again: 'soon' };
  return { error, again: seconds === undefined || FINAL.has(error.kind) ? undefined : seconds * 1000 };
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      failed(signal.reason as Error);
    });
  });
}
