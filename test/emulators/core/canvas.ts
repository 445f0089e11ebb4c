import { eachGlyphPixel, GLYPH_WIDTH } from "./pixel-font.ts";

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where and how a line of text is drawn: top left corner, and how many pixels a pixel of the font becomes. */
export interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  /** 0xRRGGBB. */
  readonly colour: number;
}

/** A picture in memory, one 0xRRGGBB number a pixel. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  fill(area: Rectangle, colour: number): void {
    for (let y = area.y; y < area.y + area.height; y += 1) {
      const start = y * this.width + area.x;
      this.pixels.fill(colour, start, start + area.width);
    }
  }

  text(line: string, style: TextStyle): void {
    const { scale, colour } = style;
    for (const [index, character] of Array.from(line).entries()) {
      const left = style.x + index * (GLYPH_WIDTH + 1) * scale;
      eachGlyphPixel(character, (x, y) => {
        this.fill({ x: left + x * scale, y: style.y + y * scale, width: scale, height: scale }, colour);
      });
    }
  }
}

/** The smallest rectangle around both. */
export function union(a: Rectangle, b: Rectangle): Rectangle {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
