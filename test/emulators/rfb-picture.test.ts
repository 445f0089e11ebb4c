import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ByteReader } from "./core/byte-reader.ts";
import { decodePixelFormat, encodePixelFormat, encodeUpdate, NATURAL_FORMAT } from "./core/rfb-format.ts";
import { RfbPicture } from "./core/rfb-picture.ts";
import { startRfbPicture } from "./core/rfb-server.ts";

const TILE = { x: 40, y: 300, width: 32, height: 40 };

describe("the picture", () => {
  test("shows a key as a tile, takes it back, and shows nothing for a modifier", () => {
    const picture = new RfbPicture();
    const blank = picture.canvas.pixels.slice();
    expect(picture.press("a".charCodeAt(0))).toEqual(TILE);
    expect(picture.canvas.pixels).not.toEqual(blank);
    expect(picture.press(0xff08)).toEqual(TILE);
    expect(picture.canvas.pixels).toEqual(blank);
    expect(picture.press(0xffe1)).toBeUndefined();
  });

  test("begins anew when it is full", () => {
    const picture = new RfbPicture();
    const areas = Array.from({ length: 101 }, () => picture.press(0x78));
    expect(areas[99]).toEqual({ ...TILE, x: 40 + 19 * 36, y: 300 + 4 * 44 });
    expect(areas[100]).toEqual({ x: 40, y: 300, width: 19 * 36 + 32, height: 4 * 44 + 40 });
  });

  test("moves within its track, forth and back", () => {
    const picture = new RfbPicture();
    const areas = Array.from({ length: 400 }, () => picture.advance());
    expect(Math.min(...areas.map((area) => area.x))).toBeGreaterThanOrEqual(40);
    expect(Math.max(...areas.map((area) => area.x + area.width))).toBeLessThanOrEqual(760);
    expect(new Set(areas.map((area) => area.x)).size).toBeGreaterThan(100);
  });
});

test("a pixel is written as the client wants it", () => {
  const picture = new RfbPicture();
  picture.canvas.fill({ x: 0, y: 0, width: 1, height: 1 }, 0xff8000);
  const pixel = (format: typeof NATURAL_FORMAT) =>
    encodeUpdate(picture.canvas, { x: 0, y: 0, width: 1, height: 1 }, format).subarray(16).toString("hex");
  expect(pixel(NATURAL_FORMAT)).toBe("0080ff00");
  expect(pixel({ ...NATURAL_FORMAT, bigEndian: true })).toBe("00ff8000");
  const [red, green, blue] = [
    { max: 31, shift: 11 },
    { max: 63, shift: 5 },
    { max: 31, shift: 0 },
  ];
  const high = { bytes: 2, bigEndian: true, red, green, blue } as const;
  expect(pixel(high)).toBe("fc00");
  expect(decodePixelFormat(encodePixelFormat(high))).toEqual(high);
  expect(decodePixelFormat(Buffer.alloc(16))).toBeUndefined();
});

describe("the VNC server", () => {
  /** A client past the handshake, with its reader. */
  async function join(port: number): Promise<{ socket: Socket; reader: ByteReader }> {
    const socket = connect({ host: "127.0.0.1", port });
    const reader = new ByteReader(socket);
    expect(String(await reader.read(12))).toBe("RFB 003.008\n");
    socket.write("RFB 003.008\n");
    expect(await reader.read(2)).toEqual(Buffer.from([1, 1]));
    socket.write(Buffer.from([1]));
    expect(await reader.read(4)).toEqual(Buffer.alloc(4));
    socket.write(Buffer.from([1]));
    const init = await reader.read(24);
    expect([init?.readUInt16BE(0), init?.readUInt16BE(2)]).toEqual([800, 600]);
    expect(String(await reader.read(init?.readUInt32BE(20) ?? 0))).toBe("Test picture");
    return { socket, reader };
  }

  const request = (incremental: number) => Buffer.from([3, incremental, 0, 0, 0, 0, 0x03, 0x20, 0x02, 0x58]);

  async function readArea(reader: ByteReader) {
    const head = await reader.read(16);
    const area = [4, 6, 8, 10].map((at) => head?.readUInt16BE(at) ?? 0);
    await reader.read((area[2] ?? 0) * (area[3] ?? 0) * 4);
    return area;
  }

  test("sends the whole picture, then only what changes, typed keys included", async () => {
    await using server = await startRfbPicture();
    const { socket, reader } = await join(server.port);
    socket.write(Buffer.from([2, 0, 0, 1, 0, 0, 0, 0])); // SetEncodings: raw.
    socket.write(request(0));
    expect(await readArea(reader)).toEqual([0, 0, 800, 600]);
    socket.write(Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61])); // The key a, pressed.
    socket.write(request(1));
    const seen: number[][] = [];
    while (!seen.some(([, y]) => y === TILE.y)) {
      seen.push(await readArea(reader));
      socket.write(request(1));
    }
    expect(Math.max(...seen.map(([, , width]) => width ?? 0))).toBeLessThan(800);
    socket.destroy();
  });

  test("ends a client whose message it does not know, and every client when it stops", async () => {
    const server = await startRfbPicture();
    const unknown = await join(server.port);
    unknown.socket.write(Buffer.from([250]));
    expect(await unknown.reader.read(1)).toBeUndefined();
    const { socket } = await join(server.port);
    const closed = once(socket, "close");
    socket.resume();
    await server[Symbol.asyncDispose]();
    await closed;
  });
});
