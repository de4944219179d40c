/** SM2 signatures with SM3 (GB/T 32918.2), of the curve of GB/T 32918.5. */
import { weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { Unreadable } from "./archive.ts";
import { number, only, Rows, INTEGER, SEQUENCE } from "./der.ts";
import { sm3 } from "./sm3.ts";

export const CURVE = "1.2.156.10197.1.301";
/** Bytes of a public key: x and y, big-endian. */
export const POINT_SIZE = 64;
/** Who signs, where nothing else was agreed (GM/T 0009). */
const IDENTITY = new TextEncoder().encode("1234567812345678");

const A = 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const X = 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n;
const Y = 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n;
const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const Point = weierstrass({ p: P, n: N, h: 1n, a: A, b: B, Gx: X, Gy: Y });

/** Returns whether `signature` (GM/T 0009, DER) of `data` is by the key `point`. */
export function isSignedBy(point: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const pair = pairIn(signature);
  if (!pair || point.length !== POINT_SIZE) return false;
  const { r, s } = pair;
  const t = (r + s) % N;
  if (!(0n < r && r < N && 0n < s && s < N) || !t) return false;
  try {
    const key = Point.fromAffine({ x: big(point.subarray(0, 32)), y: big(point.subarray(32)) });
    key.assertValidity();
    const found = Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
    return !found.is0() && (big(digestOf(point, data)) + found.toAffine().x) % N === r;
  } catch {
    return false; // no point of this curve
  }
}

/** Returns the digest that is signed: of who signs, and of `data` (5.5). */
function digestOf(point: Uint8Array, data: Uint8Array): Uint8Array {
  const bits = 8 * IDENTITY.length;
  const who = sm3(Uint8Array.of(bits >> 8, bits & 0xff), IDENTITY, ...[A, B, X, Y].map(bytes), point);
  return sm3(who, data);
}

function pairIn(signature: Uint8Array): { readonly r: bigint; readonly s: bigint } | null {
  try {
    const rows = new Rows(only(signature, SEQUENCE));
    const [r, s] = [number(rows.take(INTEGER)), number(rows.take(INTEGER))];
    rows.end();
    return { r, s };
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function big(data: Uint8Array): bigint {
  return data.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function bytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * (31 - at))) & 0xffn));
}
