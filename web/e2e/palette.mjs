// A picture of a page in at most 256 colours: pages have few, and a file of them is a third as large.
import zlib from 'node:zlib';

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return Buffer.concat([size, body, sum]);
}

/** A PNG with a palette of at most so many colours, of the PNG that a browser made; `page` reads its pixels. */
export async function reduced(page, png, most) {
  const blank = await page.context().newPage();
  const { width, height, text } = await blank.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const brush = canvas.getContext('2d');
    brush.drawImage(image, 0, 0);
    const { data } = brush.getImageData(0, 0, image.width, image.height);
    let binary = '';
    for (let at = 0; at < data.length; at += 0x8000) binary += String.fromCharCode(...data.subarray(at, at + 0x8000));
    return { width: image.width, height: image.height, text: btoa(binary) };
  }, png.toString('base64'));
  await blank.close();
  const data = Buffer.from(text, 'base64');
  const cells = new Map();
  for (let at = 0; at < data.length; at += 4) {
    // Colours that nobody tells apart are one: of each part the upper five bits.
    const cell = ((data[at] >> 3) << 10) | ((data[at + 1] >> 3) << 5) | (data[at + 2] >> 3);
    const sum = cells.get(cell) ?? { cell, n: 0, r: 0, g: 0, b: 0 };
    sum.n += 1;
    sum.r += data[at];
    sum.g += data[at + 1];
    sum.b += data[at + 2];
    cells.set(cell, sum);
  }
  const sorted = [...cells.values()].sort((one, other) => other.n - one.n);
  const palette = sorted.slice(0, most).map(({ n, r, g, b }) => [r, g, b].map((sum) => Math.round(sum / n)));
  const distance = (one, [r, g, b]) => (one[0] - r) ** 2 + (one[1] - g) ** 2 + (one[2] - b) ** 2;
  const index = new Map(sorted.map(({ cell, n, r, g, b }, at) => {
    if (at < palette.length) return [cell, at];
    const own = [r / n, g / n, b / n];
    let best = 0;
    for (let one = 1; one < palette.length; one += 1) if (distance(palette[one], own) < distance(palette[best], own)) best = one;
    return [cell, best];
  }));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      rows[y * (width + 1) + 1 + x] = index.get(((data[at] >> 3) << 10) | ((data[at + 1] >> 3) << 5) | (data[at + 2] >> 3));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', zlib.deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0)),
  ]);
}
