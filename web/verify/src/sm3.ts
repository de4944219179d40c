/** The digest SM3 (GB/T 32905), which browsers do not have. */

const START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const BLOCK = 64;
const ROUNDS = 64;
/** The round from which the constant and both choosing functions are others. */
const LATER = 16;
/** What is added in each round, already turned as far as the round wants it. */
const CONSTANTS = Int32Array.from({ length: ROUNDS }, (_, j) => turn(j < LATER ? 0x79cc4519 : 0x7a879d8a, j % 32));

/** Returns the 32 bytes of the digest of all `parts`, one after the other. */
export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  const data = padded(parts);
  const view = new DataView(data.buffer);
  const state = Int32Array.from(START);
  const words = new Int32Array(ROUNDS + 4);
  for (let block = 0; block < data.length; block += BLOCK) {
    expand(view, block, words);
    compress(state, words);
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, at) => digest.setInt32(4 * at, word));
  return new Uint8Array(digest.buffer);
}

/** Returns the message with a one bit, zeros, and its length in bits (5.2). */
function padded(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const data = new Uint8Array(Math.ceil((size + 9) / BLOCK) * BLOCK);
  let place = 0;
  for (const part of parts) {
    data.set(part, place);
    place += part.length;
  }
  data[size] = 0x80;
  new DataView(data.buffer).setBigUint64(data.length - 8, BigInt(size) * 8n);
  return data;
}

/** Fills `words` with the 68 words of one block (5.3.2). */
function expand(view: DataView, block: number, words: Int32Array): void {
  for (let j = 0; j < LATER; j++) words[j] = view.getInt32(block + 4 * j);
  for (let j = LATER; j < ROUNDS + 4; j++) {
    const mixed = at(words, j - 16) ^ at(words, j - 9) ^ turn(at(words, j - 3), 15);
    words[j] = mixed ^ turn(mixed, 15) ^ turn(mixed, 23) ^ turn(at(words, j - 13), 7) ^ at(words, j - 6);
  }
}

/** Takes one block into `state` (5.3.3). One assignment a line: a long PDF has many blocks. */
function compress(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3)];
  let [e, f, g, h] = [at(state, 4), at(state, 5), at(state, 6), at(state, 7)];
  for (let j = 0; j < ROUNDS; j++) {
    const early = j < LATER;
    const twelve = turn(a, 12);
    const first = turn((twelve + e + at(CONSTANTS, j)) | 0, 7);
    const word = at(words, j);
    const chosen = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const other = early ? e ^ f ^ g : (e & f) | (~e & g);
    const one = (chosen + d + (first ^ twelve) + (word ^ at(words, j + 4))) | 0;
    const two = (other + h + first + word) | 0;
    d = c;
    c = turn(b, 9);
    b = a;
    a = one;
    h = g;
    g = turn(f, 19);
    f = e;
    e = two ^ turn(two, 9) ^ turn(two, 17);
  }
  const now = [a, b, c, d, e, f, g, h];
  for (let place = 0; place < now.length; place++) state[place] = at(state, place) ^ (now[place] ?? 0);
}

function at(words: Int32Array, place: number): number {
  return words[place] ?? 0;
}

function turn(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
