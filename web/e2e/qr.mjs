// What a camera reads in a picture of a page.
import jsqr from 'jsqr';

/** The text of the QR code that an `svg` or `img` on a page shows; none where nothing can be read. */
export async function decoded(picture) {
  const { pixels, width, height } = await picture.evaluate(async (node) => {
    const image = new Image();
    const text = node.tagName === 'IMG' ? await (await fetch(node.src)).text() : new XMLSerializer().serializeToString(node);
    image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 480 });
    const brush = canvas.getContext('2d');
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    return { pixels: [...brush.getImageData(0, 0, canvas.width, canvas.height).data], width: canvas.width, height: canvas.height };
  });
  return (jsqr.default ?? jsqr)(Uint8ClampedArray.from(pixels), width, height)?.data;
}
