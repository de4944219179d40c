/** The part of CBOR (RFC 8949) that signed tokens use; the twin of casework/cbor.py. */
export type Value = number | string | boolean | Uint8Array | Value[] | Map<number, Value>;

const DEEPEST = 4;
const WIDTHS: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 };

/** Returns the one value that the bytes are; throws for anything but the strict form. */
export function decode(data: Uint8Array): Value {
  const reader = new Reader(data);
  const value = reader.value(DEEPEST);
  if (reader.place !== data.length) throw new Error("something after it");
  return value;
}

/** Returns the head and the bytes of a byte string. */
export function bytes(data: Uint8Array): Uint8Array {
  return join(head(2, data.length), data);
}

/** Returns what a COSE_Sign1 signs (RFC 9052, section 4.4). */
export function toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const context = new TextEncoder().encode("Signature1");
  return join(head(4, 4), head(3, context.length), context, bytes(protectedHeader), bytes(new Uint8Array()), bytes(payload));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

function head(kind: number, argument: number): Uint8Array {
  if (argument < 24) return new Uint8Array([(kind << 5) | argument]);
  if (argument < 256) return new Uint8Array([(kind << 5) | 24, argument]);
  if (argument < 65536) return new Uint8Array([(kind << 5) | 25, argument >> 8, argument & 255]);
  return new Uint8Array([(kind << 5) | 26, ...[24, 16, 8, 0].map((shift) => (argument >>> shift) & 255)]);
}

class Reader {
  data: Uint8Array;
  place = 0;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  value(deepest: number): Value {
    if (deepest === 0) throw new Error("too deep");
    const [kind, low, argument] = this.head();
    switch (kind) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.take(argument);
      case 3:
        return new TextDecoder("utf-8", { fatal: true }).decode(this.take(argument));
      case 4:
        return this.many(argument).map(() => this.value(deepest - 1));
      case 5:
        return this.map(argument, deepest - 1);
      default:
        if (kind === 7 && (low === 20 || low === 21)) return low === 21;
        throw new Error("a kind that tokens do not have");
    }
  }

  map(pairs: number, deepest: number): Map<number, Value> {
    const found = new Map<number, Value>();
    for (const _ of this.many(pairs)) {
      const key = this.value(1);
      if (typeof key !== "number" || found.has(key)) throw new Error("keys are numbers, each once");
      found.set(key, this.value(deepest));
    }
    return found;
  }

  head(): [number, number, number] {
    const first = this.take(1)[0] ?? 0;
    const [kind, low] = [first >> 5, first & 31];
    const width = WIDTHS[low];
    if (width === undefined && low > 23) throw new Error("no definite length");
    if (width === undefined) return [kind, low, low];
    let argument = 0;
    for (const byte of this.take(width)) argument = argument * 256 + byte;
    const shorter = width === 1 ? argument < 24 : argument < 256 ** (width / 2);
    if (shorter || !Number.isSafeInteger(argument)) throw new Error("not in the one form");
    return [kind, low, argument];
  }

  many(count: number): null[] {
    if (count > this.data.length - this.place) throw new Error("more than there is");
    return new Array<null>(count).fill(null);
  }

  take(length: number): Uint8Array {
    if (length > this.data.length - this.place) throw new Error("more than there is");
    this.place += length;
    return this.data.slice(this.place - length, this.place);
  }
}
