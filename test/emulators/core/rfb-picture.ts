import { Canvas, type Rectangle, union } from "./canvas.ts";

const WIDTH = 800;
const HEIGHT = 600;
const BACKDROP = 0x101a2b;
const BARS = [0xffffff, 0xf2c14e, 0x4ecdc4, 0x5fb878, 0xb569c9, 0xe4572e, 0x3d7dd8, 0x22314a];
const TRACK: Rectangle = { x: 40, y: 556, width: 720, height: 12 };
const RUNNER_WIDTH = 48;
const TILE = { width: 32, height: 40, gap: 4, left: 40, top: 300, columns: 20, rows: 5 };

const KEY_ENTER = 0xff0d;
const KEY_BACKSPACE = 0xff08;

/** A test picture that shows itself to be alive: a block runs along the bottom, and every typed key becomes a tile. */
export class RfbPicture {
  readonly canvas = new Canvas(WIDTH, HEIGHT);
  #tiles = 0;
  #runner = TRACK.x;
  #step = 6;

  constructor() {
    const { canvas } = this;
    canvas.fill({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, BACKDROP);
    canvas.fill({ x: 0, y: 0, width: WIDTH, height: 72 }, 0x1a2942);
    canvas.text("TEST PICTURE", { x: 40, y: 21, scale: 6, colour: 0xffffff });
    canvas.text("RFB 3.8, 800 X 600", { x: 544, y: 29, scale: 3, colour: 0x8fa6c8 });
    for (const [index, colour] of BARS.entries()) {
      canvas.fill({ x: 40 + index * 90, y: 104, width: 90, height: 128 }, colour);
    }
    canvas.text("TYPE: EVERY KEY BECOMES A TILE", { x: 40, y: 264, scale: 3, colour: 0x8fa6c8 });
    canvas.fill(TRACK, 0x1a2942);
    this.advance();
  }

  /** Moves the running block on. @returns what has changed */
  advance(): Rectangle {
    const before = this.#runnerArea();
    this.canvas.fill(before, 0x1a2942);
    const next = this.#runner + this.#step;
    if (next < TRACK.x || next + RUNNER_WIDTH > TRACK.x + TRACK.width) this.#step = -this.#step;
    this.#runner += this.#step;
    this.canvas.fill(this.#runnerArea(), 0x4ecdc4);
    return union(before, this.#runnerArea());
  }

  /** Shows a pressed key. @param keysym as X11 numbers them; modifiers and the like show nothing. @returns what has changed */
  press(keysym: number): Rectangle | undefined {
    if (keysym === KEY_BACKSPACE) return this.#eraseTile();
    if (keysym === KEY_ENTER) return this.#nextRow();
    if (keysym < 0x20 || keysym > 0xff) return undefined;
    const changed = this.#tiles >= TILE.columns * TILE.rows ? this.#clearTiles() : undefined;
    const area = tileArea(this.#tiles);
    this.canvas.fill(area, BARS[1 + (keysym % (BARS.length - 2))] ?? 0);
    const glyph = { x: area.x + 7, y: area.y + 5, scale: 6, colour: BACKDROP };
    this.canvas.text(String.fromCharCode(keysym), glyph);
    this.#tiles += 1;
    return changed ?? area;
  }

  #eraseTile(): Rectangle | undefined {
    if (this.#tiles === 0) return undefined;
    this.#tiles -= 1;
    const area = tileArea(this.#tiles);
    this.canvas.fill(area, BACKDROP);
    return area;
  }

  #nextRow(): Rectangle | undefined {
    this.#tiles += TILE.columns - (this.#tiles % TILE.columns);
    return this.#tiles >= TILE.columns * TILE.rows ? this.#clearTiles() : undefined;
  }

  #clearTiles(): Rectangle {
    this.#tiles = 0;
    const area = union(tileArea(0), tileArea(TILE.columns * TILE.rows - 1));
    this.canvas.fill(area, BACKDROP);
    return area;
  }

  #runnerArea(): Rectangle {
    return { x: this.#runner, y: TRACK.y, width: RUNNER_WIDTH, height: TRACK.height };
  }
}

function tileArea(index: number): Rectangle {
  const column = index % TILE.columns;
  const row = Math.floor(index / TILE.columns);
  return {
    x: TILE.left + column * (TILE.width + TILE.gap),
    y: TILE.top + row * (TILE.height + TILE.gap),
    width: TILE.width,
    height: TILE.height,
  };
}
