import { frame } from "../../support/raw-websocket.ts";

/** Frames as one side sends them; `masked` where it is a client. */
export type Frames = (masked: boolean) => readonly Buffer[];

export interface WebSocketCase {
  readonly name: string;
  readonly frames: Frames;
}

/** What must arrive as it was sent, in the order of the groups of Autobahn's list. */
export interface Passing extends WebSocketCase {
  readonly group: string;
}

/** What cannot be WebSocket: the frames before it arrive, nothing of it does. */
export interface Faulty extends WebSocketCase {
  readonly bad: (masked: boolean) => Buffer;
}

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

const filled = (length: number, byte = 0x2a) => Buffer.alloc(length, byte);
const one =
  (opcode: number, payload: Uint8Array): Frames =>
  (masked) => [frame(opcode, payload, { masked })];
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** A message in pieces of at most `size` bytes. */
const fragmented =
  (opcode: number, payload: Buffer, size: number): Frames =>
  (masked) => {
    const count = Math.max(1, Math.ceil(payload.length / size));
    return Array.from({ length: count }, (_, index) =>
      frame(index === 0 ? opcode : 0, payload.subarray(index * size, (index + 1) * size), {
        masked,
        fin: index === count - 1,
      }),
    );
  };

const group = (name: string, rows: readonly (readonly [string, Frames])[]): Passing[] =>
  rows.map(([text, frames]) => ({ group: name, name: text, frames }));

const SIZES = [0, 1, 2, 124, 125, 126, 127, 128, 1023, 65_534, 65_535, 65_536, 65_537, 131_072];

/** Text of every kind, good UTF-8 or not: what a message says is between its two ends. */
const TEXTS: readonly (readonly [string, string])[] = [
  ["ASCII", "48656c6c6f"],
  ["two bytes", "c3a4c3b6c3bc"],
  ["three bytes", "e282ac"],
  ["four bytes", "f09d849e"],
  ["the last code point", "f48fbfbf"],
  ["noncharacters", "efbfbe efbfbf"],
  ["a byte order mark", "efbbbf41"],
  ["a NUL", "410042"],
  ["greek", "cebae1bdb9cf83cebcceb5"],
  ["a byte that cannot be", "fe"],
  ["a continuation alone", "80"],
  ["an overlong slash", "c0af"],
  ["an overlong NUL", "e08080"],
  ["a surrogate", "eda080"],
  ["beyond the last code point", "f4908080"],
  ["a character that is cut off", "cebae1bdb9cf83cebcceb5ed"],
];

const CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
/** Codes that nobody may send: whoever reads them says so, not we. */
const ODD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

function close(code: number, reason = ""): Frames {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return one(CLOSE, payload);
}

const all =
  (...parts: readonly Frames[]): Frames =>
  (masked) =>
    parts.flatMap((part) => part(masked));

const middle = (opcode: number, between: Frames): Frames =>
  all(
    (masked) => [frame(opcode, filled(9), { masked, fin: false })],
    between,
    (masked) => [frame(0, filled(9), { masked })],
  );

export const passing: readonly Passing[] = [
  ...group("1 framing", [
    ...SIZES.map((size) => [`text of ${size} bytes`, one(TEXT, filled(size))] as const),
    ...SIZES.map((size) => [`binary of ${size} bytes`, one(BINARY, filled(size, 0xfe))] as const),
  ]),
  ...group("2 pings and pongs", [
    ...[0, 1, 125].map((size) => [`a ping of ${size} bytes`, one(PING, filled(size))] as const),
    ...[0, 1, 125].map((size) => [`a pong of ${size} bytes that nobody asked for`, one(PONG, filled(size))] as const),
    ["binary in a ping", one(PING, hex("00 ff fe fd"))],
    ["ten pings in a row", all(...Array.from({ length: 10 }, (_, at) => one(PING, Buffer.from([at]))))],
    ["a ping between two messages", all(one(TEXT, filled(3)), one(PING, filled(2)), one(TEXT, filled(3)))],
  ]),
  ...group("5 fragmentation", [
    ["text in two", fragmented(TEXT, filled(20), 10)],
    ["binary in twenty", fragmented(BINARY, filled(20), 1)],
    ["empty fragments", fragmented(TEXT, Buffer.alloc(0), 1)],
    [
      "an empty first and an empty last one",
      (masked) => [
        frame(TEXT, Buffer.alloc(0), { masked, fin: false }),
        frame(0, filled(5), { masked, fin: false }),
        frame(0, Buffer.alloc(0), { masked }),
      ],
    ],
    ["a ping between fragments", middle(TEXT, one(PING, filled(4)))],
    ["a pong between fragments", middle(BINARY, one(PONG, filled(4)))],
    [
      "pings and pongs between fragments",
      middle(TEXT, all(one(PING, filled(1)), one(PONG, filled(1)), one(PING, filled(0)))),
    ],
    ["one fragmented message behind another", all(fragmented(TEXT, filled(9), 4), fragmented(BINARY, filled(9), 4))],
  ]),
  ...group("6 text", [
    ...TEXTS.map(([name, bytes]) => [name, one(TEXT, hex(bytes))] as const),
    ...TEXTS.map(([name, bytes]) => [`${name}, a byte a fragment`, fragmented(TEXT, hex(bytes), 1)] as const),
  ]),
  ...group("7 close", [
    ["without a code", one(CLOSE, Buffer.alloc(0))],
    ["with one byte", one(CLOSE, Buffer.from([3]))],
    ...CODES.map((code) => [`code ${code}`, close(code)] as const),
    ...CODES.map((code) => [`code ${code} with a reason`, close(code, "going")] as const),
    ...ODD_CODES.map((code) => [`code ${code}, which may not be sent`, close(code)] as const),
    ["the longest reason", close(1000, "x".repeat(123))],
    ["a reason that is no UTF-8", one(CLOSE, hex("03e8 c0af"))],
    ["behind messages", all(one(TEXT, filled(5)), close(1000))],
    ["between fragments", (masked) => [frame(TEXT, filled(5), { masked, fin: false }), ...close(1000)(masked)]],
  ]),
  ...group("9 limits", [
    ["1 MiB in a frame", one(BINARY, filled(1024 * 1024))],
    ["4 MiB in a frame", one(BINARY, filled(4 * 1024 * 1024))],
    ["4 MiB in fragments of 64 KiB", fragmented(BINARY, filled(4 * 1024 * 1024), 65_536)],
    ["a thousand small messages", all(...Array.from({ length: 1000 }, () => one(TEXT, filled(16))))],
  ]),
];

/** A frame's first bytes as no library would write them. */
const raw =
  (first: number, second: number, rest: string = ""): Faulty["bad"] =>
  (masked) =>
    Buffer.concat([Buffer.from([first, second | (masked ? 0x80 : 0)]), hex(rest), Buffer.alloc(masked ? 4 : 0)]);

const faults: readonly (readonly [string, Faulty["bad"]])[] = [
  ...[1, 2, 3, 4, 5, 6, 7].map((bits) => [`3 reserved bits ${bits}`, raw(0x80 | (bits << 4) | TEXT, 0)] as const),
  ["3 a reserved bit on a ping", raw(0xc0 | PING, 0)],
  ["3 a reserved bit on a close", raw(0xa0 | CLOSE, 0)],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`4 opcode ${opcode}`, raw(0x80 | opcode, 0)] as const),
  ["2 a ping of 126 bytes", raw(0x80 | PING, 126, "007e")],
  ["7 a close of 126 bytes", raw(0x80 | CLOSE, 126, "007e")],
  ["5 a fragmented ping", raw(PING, 0)],
  ["5 a fragmented pong", raw(PONG, 0)],
  ["5 a fragmented close", raw(CLOSE, 0)],
  ["5 a continuation of nothing", raw(0x80, 0)],
  ["5 a continuation of nothing that goes on", raw(0x00, 0)],
  ["1 a length beyond 63 bits", raw(0x80 | BINARY, 127, "8000000000000000")],
  ["1 a length beyond 53 bits", raw(0x80 | BINARY, 127, "0020000000000000")],
  ["9 a length beyond the limit", raw(0x80 | BINARY, 127, "0000000010000000")],
  [
    "1 a mask where none belongs, or none where one does",
    (masked) => Buffer.from([0x80 | TEXT, masked ? 0 : 0x80, 0, 0, 0, 0]),
  ],
];

const before: readonly (readonly [string, Frames])[] = [
  ["at once", () => []],
  ["behind a message", one(TEXT, filled(5))],
];

export const faulty: readonly Faulty[] = [
  ...faults.flatMap(([name, bad]) => before.map(([when, frames]) => ({ name: `${name}, ${when}`, frames, bad }))),
  {
    name: "5 a message inside a fragmented one",
    frames: (masked) => [frame(TEXT, filled(5), { masked, fin: false })],
    bad: raw(0x80 | TEXT, 0),
  },
];
