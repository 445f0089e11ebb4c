import type { Canvas, Rectangle } from "./canvas.ts";

/**
 * The picture format of the emulators whose vendors' own is not public. A packet is one rectangle: x, y, width and
 * height (16 bits each, big endian), a byte that tells how its pixels are written, and the pixels, 8 bits each as
 * RRRGGGBB: 0 one by one, 1 as runs of a count (1 to 255) and a pixel.
 */
export const PLAIN_PIXELS = 0;
export const PIXEL_RUNS = 1;

const LONGEST_RUN = 255;

/** One rectangle of a canvas as runs. */
export function encodeRectangle(canvas: Canvas, area: Rectangle): Buffer {
  const runs: number[] = [];
  let count = 0;
  let current = -1;
  for (const pixel of pixelsOf(canvas, area)) {
    if (pixel !== current || count === LONGEST_RUN) {
      if (count > 0) runs.push(count, current);
      [current, count] = [pixel, 0];
    }
    count += 1;
  }
  if (count > 0) runs.push(count, current);
  return Buffer.concat([header(area, PIXEL_RUNS), Buffer.from(runs)]);
}

/** A rectangle whose pixels are given, one byte each. */
export function encodePixels(area: Rectangle, pixels: Uint8Array): Buffer {
  return Buffer.concat([header(area, PLAIN_PIXELS), pixels]);
}

/** Which rectangle a packet is about. */
export function rectangleOf(packet: Buffer): Rectangle {
  const [x, y, width, height] = [0, 2, 4, 6].map((at) => packet.readUInt16BE(at));
  return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
}

function header(area: Rectangle, encoding: number): Buffer {
  const bytes = Buffer.alloc(9);
  for (const [index, value] of [area.x, area.y, area.width, area.height].entries()) {
    bytes.writeUInt16BE(value, index * 2);
  }
  bytes.writeUInt8(encoding, 8);
  return bytes;
}

function* pixelsOf(canvas: Canvas, area: Rectangle): Generator<number> {
  for (let y = area.y; y < area.y + area.height; y += 1) {
    for (let x = area.x; x < area.x + area.width; x += 1) {
      const colour = canvas.pixels[y * canvas.width + x] ?? 0;
      yield ((colour >> 16) & 0xe0) | ((colour >> 11) & 0x1c) | ((colour >> 6) & 0x03);
    }
  }
}
