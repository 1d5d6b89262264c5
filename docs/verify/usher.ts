// Whether Usher's gate let a request through to this site: what an origin checks on its guarded paths.
// Needs nothing but Web Crypto: Node 20, Deno, Bun, and workers at the edge have it.

/** What the gate says of a request. */
export type LetThrough = {
  /** The visitor: one browser or app. */
  sub: string;
  /** `admitted` from the line, `bypass` while the room lets everybody through, or `rule`. */
  kind: "admitted" | "bypass" | "rule";
  /** The waiting room. */
  room: string;
  aud: string;
  iat: number;
  exp: number;
};

/** The JSON at `/.well-known/jwks.json` of the gate. */
export type Keys = { keys: (JsonWebKey & { kid?: string })[] };

const bytes = (part: string) =>
  Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const json = (part: string) => JSON.parse(new TextDecoder().decode(bytes(part)));

/**
 * Reads the header `Usher-Assertion` of a request for `host`; throws where the request did not come through the gate. Fetch
 * `keys` at the start, keep them, and fetch them again when "unknown key" is thrown, at most once a minute.
 */
export async function letThrough(header: string | null, keys: Keys, host: string, now = Date.now() / 1000): Promise<LetThrough> {
  const parts = (header ?? "").split(".");
  const [head, body, signature] = parts;
  if (parts.length !== 3 || !head || !body || !signature) throw new Error("not through the gate");
  const says = json(head);
  if (says.typ !== "usher-site-assertion+jwt" || says.alg !== "EdDSA" || "crit" in says) throw new Error("another kind of token");
  const known = keys.keys.find((key) => key.kid === says.kid && key.crv === "Ed25519");
  if (!known) throw new Error("unknown key");
  const key = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x: known.x }, { name: "Ed25519" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, key, bytes(signature), signed))) throw new Error("forged");
  const claims: LetThrough = json(body);
  const [leeway, { aud, iat, exp }] = [5, claims];
  if (aud !== host || !(iat - leeway <= now && now < exp + leeway)) throw new Error("over, or for another site");
  return claims;
}
