// The colours of the map: by the scheme of the browser, and the system's own where it wants them.

export interface Look {
  ground: string;
  text: string;
  halo: string;
  quiet: string;
  taken: string;
  mine: string;
  onMine: string;
  ring: string;
  accent: string;
  tiers: readonly string[];
  onTier: string;
  /** Whether the system's colours are forced upon the page. */
  forced: boolean;
}

const LIGHT = ["#4f46e5", "#0f766e", "#b45309", "#be185d", "#0369a1", "#4d7c0f", "#7e22ce", "#475569"];
const DARK = ["#9c9cff", "#2dd4bf", "#fbbf24", "#f472b6", "#38bdf8", "#a3e635", "#d0a2ff", "#a3b1c6"];

export function look(forced: boolean, dark: boolean): Look {
  if (forced) {
    return {
      ground: "Canvas", text: "CanvasText", halo: "Canvas", quiet: "GrayText", taken: "GrayText", mine: "Highlight",
      onMine: "HighlightText", ring: "CanvasText", accent: "Highlight", tiers: ["LinkText"], onTier: "Canvas", forced,
    };
  }
  return dark
    ? {
      ground: "#141b2b", text: "#eef0f8", halo: "#141b2b", quiet: "#a7afc6", taken: "#5a6580", mine: "#ffffff",
      onMine: "#14131f", ring: "#ffffff", accent: "#a9a9ff", tiers: DARK, onTier: "#0d1220", forced,
    }
    : {
      ground: "#f5f6fb", text: "#161a28", halo: "#f5f6fb", quiet: "#565d74", taken: "#a9b0c4", mine: "#161a28",
      onMine: "#ffffff", ring: "#161a28", accent: "#4a4ac0", tiers: LIGHT, onTier: "#ffffff", forced,
    };
}

export const tierColour = (colours: Look, tier: number): string => colours.tiers[tier % colours.tiers.length];
