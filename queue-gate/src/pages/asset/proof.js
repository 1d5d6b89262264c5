// Finds a number whose text, behind a challenge, has a SHA-256 (FIPS 180-4) that begins with enough zero bits. A worker:
// the page does not wait for it. What is hashed always fits into one block.
const K = [];
const H = [];
for (let n = 2; K.length < 64; n += 1) {
  let prime = true;
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (H.length < 8) H.push(((n ** (1 / 2)) % 1) * 2 ** 32 | 0);
  K.push((Math.cbrt(n) % 1) * 2 ** 32 | 0);
}
const w = new Int32Array(64);

// The first word of the hash of the block whose 16 words stand in `w`.
function first() {
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15];
    const y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
  }
  let [a, b, c, d, e, f, g, h] = H;
  for (let i = 0; i < 64; i += 1) {
    const t = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + w[i] | 0;
    const u = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c);
    h = g; g = f; f = e; e = d + t | 0; d = c; c = b; b = a; a = t + u | 0;
  }
  return a + H[0] | 0;
}

onmessage = ({ data: { challenge, difficulty } }) => {
  const text = new TextEncoder().encode(`${challenge}.000000000`);
  const bytes = new Uint8Array(64);
  bytes.set(text);
  bytes[text.length] = 128;
  const view = new DataView(bytes.buffer);
  view.setUint32(60, text.length * 8);
  for (let tried = 1; ; tried += 1) {
    let at = text.length - 1;
    while (bytes[at] === 57) { bytes[at] = 48; at -= 1; }
    bytes[at] += 1;
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(4 * i);
    if (Math.clz32(first()) >= difficulty) return postMessage({ proof: new TextDecoder().decode(bytes.subarray(0, text.length)) });
    // How likely it is that this many would have been enough.
    if (tried % 16384 === 0) postMessage({ share: 1 - Math.exp(-tried / 2 ** difficulty) });
  }
};
