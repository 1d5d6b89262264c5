import { useEffect, useState } from "preact/hooks";
import type { Shop } from "./shop";

/** Draws again when the shop says so, at most once a frame. */
export function useShop(shop: Shop): void {
  const [, draw] = useState(0);
  useEffect(() => {
    let asked = false;
    shop.watch(() => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => { asked = false; draw((n) => n + 1); });
    });
  }, [shop]);
}
