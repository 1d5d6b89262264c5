// Something that changes, and who looks at it.
import { useEffect, useState } from "preact/hooks";

export class Source {
  private readonly watchers = new Set<() => void>();

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  changed(): void {
    for (const watcher of this.watchers) watcher();
  }
}

/** Draws again when `source` says so, at most once a frame. */
export function useSource(source: Source): void {
  const [, draw] = useState(0);
  useEffect(() => {
    let asked = false;
    return source.watch(() => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => { asked = false; draw((n) => n + 1); });
    });
  }, [source]);
}

/** Calls `look` now and then every so many milliseconds, while the page is looked at. */
export function useEvery(ms: number, look: () => void, about: readonly unknown[]): void {
  useEffect(() => {
    look();
    const timer = setInterval(() => { if (!document.hidden) look(); }, ms);
    return () => clearInterval(timer);
  }, about);
}
