/** Reads DER (ITU-T X.690), strictly: whatever could be written otherwise is refused. */
import { Unreadable } from "./archive.ts";

export const INTEGER = 0x02;
export const BITS = 0x03;
export const BYTES = 0x04;
export const OID = 0x06;
export const SEQUENCE = 0x30;
export const SET = 0x31;
const BOOLEAN = 0x01;
export const UTC_TIME = 0x17;
export const LONG_TIME = 0x18;
const LONG_TAG = 0x1f;
const MOST_LENGTH_BYTES = 3;
/** Bytes of a number that is reckoned with; one more than those of the curve. */
const MOST_NUMBER_BYTES = 33;

/** One value: what it is, what is in it, and all of its bytes. */
export interface Part {
  readonly tag: number;
  readonly body: Uint8Array;
  readonly whole: Uint8Array;
}

/** Returns the tag of something explicit or constructed with its own number. */
export function numbered(number: number): number {
  return 0xa0 | number;
}

/** Returns the values in `data`, of which nothing may be left over. */
export function partsIn(data: Uint8Array): readonly Part[] {
  const found: Part[] = [];
  for (let place = 0; place < data.length; ) {
    const part = partAt(data, place);
    found.push(part);
    place += part.whole.length;
  }
  return found;
}

/** Returns the one value that `data` is. */
export function only(data: Uint8Array, tag: number): Part {
  const [part, ...more] = partsIn(data);
  if (!part || more.length || part.tag !== tag) throw new Unreadable("DER");
  return part;
}

function partAt(data: Uint8Array, place: number): Part {
  const [tag = LONG_TAG, first = 0x80] = data.subarray(place, place + 2);
  const count = first < 0x80 ? 0 : first - 0x80;
  const start = place + 2 + count;
  let size = count ? 0 : first;
  for (const byte of data.subarray(place + 2, start)) size = size * 256 + byte;
  // The shortest form only: no length in more bytes than it needs, none left open.
  const shortest = first < 0x80 || (count > 0 && count <= MOST_LENGTH_BYTES && size >= (count === 1 ? 0x80 : 256 ** (count - 1)));
  const end = start + size;
  if ((tag & LONG_TAG) === LONG_TAG || !shortest || end > data.length) throw new Unreadable("DER");
  return { tag, body: data.subarray(start, end), whole: data.subarray(place, end) };
}

/** Takes the values of a sequence one after the other. */
export class Rows {
  readonly #parts: readonly Part[];
  #place = 0;

  constructor(part: Part) {
    if (part.tag !== SEQUENCE) throw new Unreadable("DER");
    this.#parts = partsIn(part.body);
  }

  /** Returns the next value, which has to be of this kind. */
  take(tag: number): Part {
    const part = this.maybe(tag);
    if (!part) throw new Unreadable("DER");
    return part;
  }

  /** Returns the next value if it is of this kind. */
  maybe(tag: number): Part | null {
    const part = this.#parts[this.#place];
    if (part?.tag !== tag) return null;
    this.#place += 1;
    return part;
  }

  /** Throws `Unreadable` if there is more. */
  end(): void {
    if (this.#place < this.#parts.length) throw new Unreadable("DER");
  }
}

/** Returns an object identifier with dots. */
export function dotted(part: Part): string {
  if (part.tag !== OID || !part.body.length || (part.body.at(-1) ?? 0) & 0x80) throw new Unreadable("DER");
  const numbers: number[] = [];
  let value = 0;
  for (const byte of part.body) {
    if (!value && byte === 0x80) throw new Unreadable("DER");
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  const [both = 0, ...more] = numbers;
  const root = Math.min(2, Math.floor(both / 40));
  return [root, both - 40 * root, ...more].join(".");
}

/** Returns a number that is not negative. */
export function number(part: Part | null): bigint {
  const [first, second] = part?.body ?? [];
  const short = first !== 0 || second === undefined || second >= 0x80;
  const fits = first !== undefined && first < 0x80 && (part?.body.length ?? 0) <= MOST_NUMBER_BYTES;
  if (part?.tag !== INTEGER || !fits || !short) throw new Unreadable("DER");
  return part.body.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** Returns whole bytes that are written as bits. */
export function wholeBits(part: Part): Uint8Array {
  if (part.tag !== BITS || part.body[0] !== 0) throw new Unreadable("DER");
  return part.body.subarray(1);
}

/** Returns a truth of a sequence; false where it is left out. */
export function truth(rows: Rows): boolean {
  const part = rows.maybe(BOOLEAN);
  // Many authorities write out what DER leaves out (11.5).
  if (part && (part.body.length !== 1 || ![0, 0xff].includes(part.body[0] ?? 1))) throw new Unreadable("DER");
  return part?.body[0] === 0xff;
}

/** Returns a time in milliseconds since 1970; UTCTime is of 1950 to 2049 (RFC 5280). */
export function time(part: Part | null): number {
  const digits = { [UTC_TIME]: 12, [LONG_TIME]: 14 }[part?.tag ?? 0];
  const text = String.fromCharCode(...(part?.body.subarray(0, 16) ?? []));
  if (!digits || text.length !== digits + 1 || !/^\d+Z$/.test(text)) throw new Unreadable("time");
  const century = digits === 14 ? "" : text < "50" ? "20" : "19";
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)Z$/.exec(century + text) ?? [];
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const found = new Date(written);
  // 30 February is no date, and 24 o'clock no hour.
  if (Number.isNaN(found.getTime()) || found.toISOString() !== written) throw new Unreadable("time");
  return found.getTime();
}
