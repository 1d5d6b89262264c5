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

type Rgb = [number, number, number];

const rgb = (colour: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as Rgb;

/** How light a colour is, as WCAG reckons it. */
function light(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How much two colours differ, from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [one, other] = [light(rgb(a)), light(rgb(b))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** The shade of a colour that can be told from the ground, and on which numbers can be read. */
export function shade(colour: string, ground: string, on: string, towards: number): string {
  const from = rgb(colour);
  for (let step = 0; step <= 20; step += 1) {
    const mixed = from.map((part) => Math.round(part + ((towards - part) * step) / 20));
    const tried = `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    if (contrast(tried, ground) >= 3 && contrast(tried, on) >= 4.5) return tried;
  }
  return colour;
}

/** `own` are the colours that the organizer gave the tiers, `#rrggbb`; the others get one of ours. */
export function look(forced: boolean, dark: boolean, own: readonly (string | undefined)[] = []): Look {
  const plain = scheme(forced, dark);
  if (forced || !own.some(Boolean)) return plain;
  const tiers = own.map((colour, i) => (colour ? shade(colour, plain.ground, plain.onTier, dark ? 255 : 0) : plain.tiers[i % plain.tiers.length]));
  return { ...plain, tiers };
}

function scheme(forced: boolean, dark: boolean): Look {
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
