// What the consoles' pages share: drawing the emulators' own picture packets (see ../picture-encoding.ts), and naming
// keys as X11 does. Works in a page and in a worker.
const HEADER_BYTES = 9;
const PLAIN_PIXELS = 0;

/** Takes a packet apart. @returns {{x: number, y: number, image: ImageData}} */
export function decodePacket(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [x, y, width, height] = [0, 2, 4, 6].map((at) => view.getUint16(at));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const body = bytes.subarray(HEADER_BYTES);
  if (bytes[8] === PLAIN_PIXELS) {
    for (let index = 0; index < body.length; index += 1) pixels[index] = colourOf(body[index]);
  } else {
    let at = 0;
    for (let index = 0; index + 1 < body.length; index += 2) {
      pixels.fill(colourOf(body[index + 1]), at, at + body[index]);
      at += body[index];
    }
  }
  return { x, y, image };
}

/** Draws a packet. */
export function drawPacket(context, bytes) {
  const { x, y, image } = decodePacket(bytes);
  context.putImageData(image, x, y);
}

/** RRRGGGBB as the little-endian ABGR that a canvas holds. */
function colourOf(pixel) {
  const red = (pixel & 0xe0) | ((pixel & 0xe0) >> 3);
  const green = ((pixel & 0x1c) << 3) | (pixel & 0x1c);
  const blue = (pixel & 0x03) * 85;
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

const NAMED_KEYS = { Enter: 0xff0d, Backspace: 0xff08 };

/** The X11 number of a key that was pressed, or null where the emulators know none. */
export function keysymOf(event) {
  return NAMED_KEYS[event.key] ?? (event.key.length === 1 ? event.key.codePointAt(0) : null);
}

/** Calls back with each key that goes down or up over the element, which takes the focus. */
export function onKeys(element, press) {
  element.tabIndex = 0;
  const handle = (down) => (event) => {
    const keysym = keysymOf(event);
    if (keysym === null) return;
    event.preventDefault();
    press(down, keysym);
  };
  element.addEventListener("keydown", handle(true));
  element.addEventListener("keyup", handle(false));
  element.focus();
}
