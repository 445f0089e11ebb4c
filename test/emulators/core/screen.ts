import type { WebSocket } from "ws";
import { type Rectangle, union } from "./canvas.ts";
import { type Clock, every } from "./clock.ts";
import { encodePixels, encodeRectangle } from "./picture-encoding.ts";
import { RfbPicture } from "./rfb-picture.ts";

/** A load that consoles see when a machine plays a film: so many large packets a second, beside the picture. */
export interface Bursts {
  readonly perSecond: number;
}

const FRAME_MS = 100;
/** A viewer that is so many bytes behind gets no more until it has caught up. */
const BACKLOG_BYTES = 1_000_000;
/** 200 × 200 pixels, one byte each: 40 kB. */
const BURST: Rectangle = { x: 600, y: 80, width: 200, height: 200 };

/** The machine's screen of the emulators that have no VNC server behind them: the test picture, for any number of viewers. */
export class Screen {
  readonly #picture = new RfbPicture();
  readonly #clock: Clock;
  readonly #bursts: Bursts | undefined;
  readonly #viewers = new Set<(area: Rectangle) => void>();
  #pressed = "";
  #stop: () => void = () => {};

  constructor(clock: Clock, bursts?: Bursts) {
    this.#clock = clock;
    this.#bursts = bursts;
  }

  /** What has been typed at any console, keys without a character left out. */
  get pressed(): string {
    return this.#pressed;
  }

  /** Shows the picture, and then every change of it, until the WebSocket closes. `send` does so in the family's own way. */
  show(websocket: WebSocket, send: (packet: Buffer) => void): void {
    const { canvas } = this.#picture;
    let stale: Rectangle | undefined = { x: 0, y: 0, width: canvas.width, height: canvas.height };
    const update = (area: Rectangle) => {
      stale = stale === undefined ? area : union(stale, area);
      if (websocket.bufferedAmount > BACKLOG_BYTES) return;
      send(encodeRectangle(canvas, stale));
      stale = undefined;
    };
    const leave = this.#join(update);
    const calm = this.#burst(send);
    websocket.on("close", () => {
      leave();
      calm();
    });
    update(stale);
  }

  /** A key goes down. @param keysym as X11 numbers them */
  press(keysym: number): void {
    if (keysym >= 0x20 && keysym <= 0xff) this.#pressed += String.fromCharCode(keysym);
    const area = this.#picture.press(keysym);
    if (area !== undefined) this.#announce(area);
  }

  /** The picture moves while somebody looks. */
  #join(update: (area: Rectangle) => void): () => void {
    if (this.#viewers.size === 0) {
      this.#stop = every(this.#clock, FRAME_MS, () => this.#announce(this.#picture.advance()));
    }
    this.#viewers.add(update);
    return () => {
      this.#viewers.delete(update);
      if (this.#viewers.size === 0) this.#stop();
    };
  }

  #announce(area: Rectangle): void {
    for (const show of this.#viewers) show(area);
  }

  #burst(send: (packet: Buffer) => void): () => void {
    if (this.#bursts === undefined) return () => {};
    let shade = 0;
    return every(this.#clock, 1000 / this.#bursts.perSecond, () => {
      shade = (shade + 1) % 256;
      const pixels = Buffer.alloc(BURST.width * BURST.height, shade);
      send(encodePixels(BURST, pixels));
    });
  }
}
