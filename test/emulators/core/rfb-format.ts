import type { Canvas, Rectangle } from "./canvas.ts";

/** How a client wants its pixels (RFC 6143, 7.4), true colour only. */
export interface PixelFormat {
  readonly bytes: 1 | 2 | 4;
  readonly bigEndian: boolean;
  readonly red: ColourField;
  readonly green: ColourField;
  readonly blue: ColourField;
}

interface ColourField {
  readonly max: number;
  readonly shift: number;
}

/** 0xRRGGBB in 32 bits, little endian. */
export const NATURAL_FORMAT: PixelFormat = {
  bytes: 4,
  bigEndian: false,
  red: { max: 255, shift: 16 },
  green: { max: 255, shift: 8 },
  blue: { max: 255, shift: 0 },
};

/** The 16 bytes of a PIXEL_FORMAT. */
export function encodePixelFormat(format: PixelFormat): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set([format.bytes * 8, 24, format.bigEndian ? 1 : 0, 1]);
  const fields = [format.red, format.green, format.blue];
  for (const [index, field] of fields.entries()) {
    bytes.writeUInt16BE(field.max, 4 + index * 2);
    bytes.writeUInt8(field.shift, 10 + index);
  }
  return bytes;
}

/** @returns undefined for what is not offered here: a colour map, or an odd pixel size */
export function decodePixelFormat(bytes: Buffer): PixelFormat | undefined {
  const size = (bytes[0] ?? 0) / 8;
  if ((size !== 1 && size !== 2 && size !== 4) || bytes[3] === 0) return undefined;
  const field = (index: number) => ({ max: bytes.readUInt16BE(4 + index * 2), shift: bytes[10 + index] ?? 0 });
  return { bytes: size, bigEndian: bytes[2] !== 0, red: field(0), green: field(1), blue: field(2) };
}

/** A FramebufferUpdate of one raw rectangle (RFC 6143, 7.6.1 and 7.7.1). */
export function encodeUpdate(canvas: Canvas, area: Rectangle, format: PixelFormat): Buffer {
  const update = Buffer.alloc(16 + area.width * area.height * format.bytes);
  update.writeUInt16BE(1, 2);
  for (const [index, value] of [area.x, area.y, area.width, area.height].entries()) {
    update.writeUInt16BE(value, 4 + index * 2);
  }
  let offset = 16;
  for (let y = area.y; y < area.y + area.height; y += 1) {
    for (let x = area.x; x < area.x + area.width; x += 1) {
      const pixel = convert(canvas.pixels[y * canvas.width + x] ?? 0, format);
      if (format.bigEndian) update.writeUIntBE(pixel, offset, format.bytes);
      else update.writeUIntLE(pixel, offset, format.bytes);
      offset += format.bytes;
    }
  }
  return update;
}

function convert(colour: number, format: PixelFormat): number {
  const part = (value: number, field: ColourField) => (Math.round((value * field.max) / 255) << field.shift) >>> 0;
  const red = part((colour >> 16) & 255, format.red);
  const green = part((colour >> 8) & 255, format.green);
  return red + green + part(colour & 255, format.blue);
}
