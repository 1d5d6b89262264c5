// Cookies for programs. A browser keeps its own and lets no script near them.

/** The cookies of one gate, for as long as the program runs. A place in a line hangs on one: keep the jar to keep the place. */
export class Jar {
  readonly #kept = new Map<string, string>();

  /** Takes what an answer sets, and forgets what it ends. */
  keep(headers: Headers): void {
    for (const cookie of headers.getSetCookie()) {
      const [pair = '', ...rest] = cookie.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      if (at < 1) continue;
      const isOver = rest.some((part) => /^max-age=(0|-\d+)$/i.test(part));
      if (isOver) this.#kept.delete(pair.slice(0, at));
      else this.#kept.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** All of them, as a request carries them; nothing where there are none. */
  header(): string | undefined {
    const pairs = [...this.#kept].map(([name, value]) => `${name}=${value}`);
    return pairs.length > 0 ? pairs.join('; ') : undefined;
  }
}
