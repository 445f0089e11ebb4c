/** Glyphs 3 pixels wide and 5 high: one octal digit a row, its bits the pixels from left to right. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: "25755",
  B: "65656",
  C: "34443",
  D: "65556",
  E: "74647",
  F: "74644",
  G: "34553",
  H: "55755",
  I: "72227",
  J: "11152",
  K: "55655",
  L: "44447",
  M: "57755",
  N: "65555",
  O: "25552",
  P: "65644",
  Q: "25563",
  R: "65655",
  S: "34216",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
  0: "75557",
  1: "26227",
  2: "71747",
  3: "71317",
  4: "55711",
  5: "74717",
  6: "74757",
  7: "71122",
  8: "75757",
  9: "75717",
  " ": "00000",
  ".": "00002",
  ",": "00024",
  ":": "02020",
  ";": "02024",
  "-": "00700",
  _: "00007",
  "+": "02720",
  "=": "07070",
  "*": "05250",
  "/": "11244",
  "\\": "44211",
  "!": "22202",
  "?": "71202",
  "'": "22000",
  '"': "55000",
  "(": "12221",
  ")": "42224",
  "<": "12421",
  ">": "42124",
  "#": "57575",
  "%": "51245",
  "|": "22222",
};

const UNKNOWN = "77777";

export const GLYPH_WIDTH = 3;
export const GLYPH_HEIGHT = 5;

/** Calls `plot` for every set pixel of a character's glyph; lower case is drawn as upper, what is unknown as a block. */
export function eachGlyphPixel(character: string, plot: (x: number, y: number) => void): void {
  const rows = GLYPHS[character.toUpperCase()] ?? UNKNOWN;
  for (let y = 0; y < GLYPH_HEIGHT; y += 1) {
    const bits = Number(rows[y] ?? "0");
    for (let x = 0; x < GLYPH_WIDTH; x += 1) {
      if ((bits & (4 >> x)) !== 0) plot(x, y);
    }
  }
}
