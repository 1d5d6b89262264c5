// Every step can be taken back, and made again.

/** The most steps that are remembered. */
const MOST = 200;

export class History<T> {
  private readonly past: { state: T; name: string }[] = [];
  private future: { state: T; name: string }[] = [];

  constructor(private current: T) {}

  get now(): T {
    return this.current;
  }

  /** A step; one of the same `kind` as the last one, such as a name that is being written, becomes one with it. */
  step(state: T, name: string, kind = ""): void {
    if (state === this.current) return;
    const before = this.past.at(-1);
    if (!kind || before?.name !== name || this.kind !== kind) this.past.push({ state: this.current, name });
    if (this.past.length > MOST) this.past.shift();
    this.kind = kind;
    this.future = [];
    this.current = state;
  }
  private kind = "";

  /** The same state by other means: no step. */
  replace(state: T): void {
    this.current = state;
    this.kind = "";
  }

  /** What would be taken back. */
  get undoes(): string | undefined {
    return this.past.at(-1)?.name;
  }

  get redoes(): string | undefined {
    return this.future.at(-1)?.name;
  }

  undo(): boolean {
    const step = this.past.pop();
    if (!step) return false;
    this.future.push({ state: this.current, name: step.name });
    this.current = step.state;
    this.kind = "";
    return true;
  }

  redo(): boolean {
    const step = this.future.pop();
    if (!step) return false;
    this.past.push({ state: this.current, name: step.name });
    this.current = step.state;
    this.kind = "";
    return true;
  }
}
