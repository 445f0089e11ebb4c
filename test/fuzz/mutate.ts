/** A whole number from 0 up to, and without, the limit. */
export type Random = (limit: number) => number;

/** Numbers from a seed, always the same (mulberry32). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const MAX_LENGTH = 4096;
const MAX_STEPS = 6;

type Step = (input: string, pieces: Pieces) => string;

interface Pieces {
  readonly corpus: readonly string[];
  readonly dictionary: readonly string[];
  readonly draw: Random;
}

const byte = (draw: Random) => String.fromCharCode(draw(256));
const spliced = (input: string, at: number, { gone, piece }: { gone: number; piece: string }) =>
  input.slice(0, at) + piece + input.slice(at + gone);

const steps: readonly Step[] = [
  // a byte of any value
  (input, { draw }) => spliced(input, draw(input.length + 1), { gone: 1, piece: byte(draw) }),
  (input, { draw }) => spliced(input, draw(input.length + 1), { gone: 0, piece: byte(draw) }),
  // one bit
  (input, { draw }) => {
    const at = draw(Math.max(1, input.length));
    const flipped = (input.charCodeAt(at) || 0) ^ (1 << draw(8));
    return spliced(input, at, { gone: 1, piece: String.fromCharCode(flipped & 0xff) });
  },
  // a stretch gone, or said again
  (input, { draw }) => spliced(input, draw(input.length + 1), { gone: 1 + draw(16), piece: "" }),
  (input, { draw }) => {
    const at = draw(input.length + 1);
    return spliced(input, at, { gone: 0, piece: input.slice(at, at + 1 + draw(32)) });
  },
  // a piece that means something, in or over
  (input, { dictionary, draw }) =>
    spliced(input, draw(input.length + 1), { gone: 0, piece: dictionary[draw(dictionary.length)] ?? "" }),
  (input, { dictionary, draw }) =>
    spliced(input, draw(input.length + 1), { gone: 1 + draw(8), piece: dictionary[draw(dictionary.length)] ?? "" }),
  // the end of another input
  (input, { corpus, draw }) => {
    const other = corpus[draw(corpus.length)] ?? "";
    return input.slice(0, draw(input.length + 1)) + other.slice(draw(other.length + 1));
  },
  // cut off
  (input, { draw }) => input.slice(0, draw(input.length + 1)),
];

/** A new input, made of old ones. */
export function mutate(corpus: readonly string[], dictionary: readonly string[], draw: Random): string {
  let input = corpus[draw(corpus.length)] ?? "";
  const pieces = { corpus, dictionary, draw };
  for (let count = 1 + draw(MAX_STEPS); count > 0; count--) {
    const step = steps[draw(steps.length)];
    if (step) input = step(input, pieces);
  }
  return input.slice(0, MAX_LENGTH);
}
