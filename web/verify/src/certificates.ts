/** Certificates of SM2 keys (GM/T 0015): the twin of `casework/signing/sm2_chain.py`. */
import { Unreadable } from "./archive.ts";
import { BITS, BYTES, dotted, INTEGER, number, numbered, OID, only, type Part, partsIn, Rows, SEQUENCE, time, truth, wholeBits } from "./der.ts";
import { CURVE, isSignedBy, POINT_SIZE } from "./sm2.ts";

export const SM2_WITH_SM3 = "1.2.156.10197.1.501";
const EC_KEY = "1.2.840.10045.2.1";
const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
/** Critical extensions that are looked at, or that change nothing here. */
const UNDERSTOOD: readonly string[] = [BASIC_CONSTRAINTS, KEY_USAGE, "2.5.29.37", "2.5.29.32"];
/** Of the first byte of the key usage (RFC 5280, 4.2.1.3). */
const SIGNS_DOCUMENTS = 0xc0;
const SIGNS_CERTIFICATES = 0x04;
/** Certificates on a way to a root; mainland authorities have three or four. */
const DEEPEST = 6;
/** The kind of text that has two bytes for each letter. */
const WIDE = 0x1e;

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** What somebody signed, the algorithm as it is named inside, and the signature. */
export interface Signed {
  readonly inner: Part;
  readonly named: Part;
  readonly algorithm: Part;
  readonly signature: Part;
}

/** The parts of a certificate, each of which is read when it is asked for. */
export interface Certificate extends Signed {
  readonly whole: Uint8Array;
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly dates: Part;
  readonly subject: Part;
  readonly key: Part;
  readonly more: Part | null;
}

/** Returns who issued a certificate (DER), and under which number. */
export function namedBy(data: Uint8Array): { readonly issuer: Uint8Array; readonly serial: Uint8Array } {
  return readCertificate(data);
}

/** Returns the public key: `POINT_SIZE` bytes; throws `Unreadable` for other keys. */
export function publicOf(data: Uint8Array): Uint8Array {
  const rows = new Rows(readCertificate(data).key);
  const algorithm = new Rows(rows.take(SEQUENCE));
  const ofCurve = dotted(algorithm.take(OID)) === EC_KEY && dotted(algorithm.take(OID)) === CURVE;
  const point = wholeBits(rows.take(BITS));
  if (!ofCurve || point.length !== 1 + POINT_SIZE || point[0] !== 4) throw new Unreadable("key");
  return point.subarray(1);
}

/** Returns what a certificate calls its holder; empty if it has no common name. */
export function nameOf(data: Uint8Array): string {
  const pairs = partsIn(readCertificate(data).subject.body).flatMap((set) => partsIn(set.body));
  for (const pair of pairs) {
    const [kind, text] = partsIn(pair.body);
    if (kind && text && dotted(kind) === COMMON_NAME) return new TextDecoder(text.tag === WIDE ? "utf-16be" : "utf-8").decode(text.body);
  }
  return "";
}

/**
 * Returns the way from a signer's certificate to the root it stood under at `at`
 * (milliseconds), both included; empty if there is none, or it is not for signing.
 */
export function wayUp(data: Uint8Array, others: readonly Uint8Array[], roots: readonly Uint8Array[], at: number): readonly Certificate[] {
  try {
    const tops = roots.map(readCertificate);
    const above = [...tops, ...others.map(readCertificate)];
    let now = readCertificate(data);
    const way = [now];
    if (!hasUsage(now, SIGNS_DOCUMENTS) || !isInForce(now, at)) return [];
    for (let below = 0; below < DEEPEST; below++) {
      if (tops.some((one) => same(one.whole, now.whole))) return way;
      const next = above.find((one) => isIssuedBy(now, one, below, at));
      if (!next) return [];
      way.push(next);
      now = next;
    }
    return [];
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

/** Returns whether `above` issued `now`, below which `below` others stand (RFC 5280, 6.1). */
function isIssuedBy(now: Certificate, above: Certificate, below: number, at: number): boolean {
  if (!same(above.subject.whole, now.issuer) || !isInForce(above, at)) return false;
  const extensions = extensionsOf(above);
  const limits = extensions.get(BASIC_CONSTRAINTS);
  if (!limits || !mayIssue(limits.value, below)) return false;
  if (extensions.has(KEY_USAGE) && !hasUsage(above, SIGNS_CERTIFICATES)) return false;
  return isSigned(now, above);
}

/** Returns whether `above` signed a certificate or a list. */
export function isSigned(one: Signed, above: Certificate): boolean {
  const bySm2 = same(one.named.whole, one.algorithm.whole) && dotted(new Rows(one.algorithm).take(OID)) === SM2_WITH_SM3;
  return bySm2 && isSignedBy(publicOf(above.whole), one.inner.whole, wholeBits(one.signature));
}

function mayIssue(limits: Uint8Array, below: number): boolean {
  const rows = new Rows(only(limits, SEQUENCE));
  if (!truth(rows)) return false;
  const part = rows.maybe(INTEGER);
  // The signer itself is no authority: it does not count (4.2.1.9).
  return !part || BigInt(below) <= number(part);
}

function hasUsage(one: Certificate, wanted: number): boolean {
  const usage = extensionsOf(one).get(KEY_USAGE);
  if (!usage) return false;
  const [, first = 0] = only(usage.value, BITS).body;
  return (first & wanted) !== 0;
}

function isInForce(one: Certificate, at: number): boolean {
  const [from = null, until = null] = partsIn(one.dates.body);
  const known = [...extensionsOf(one)].every(([name, { critical }]) => !critical || UNDERSTOOD.includes(name));
  return time(from) <= at && at <= time(until) && known;
}

/** Returns the parts of a certificate (DER); throws `Unreadable`. */
export function readCertificate(data: Uint8Array): Certificate {
  const outer = new Rows(only(data, SEQUENCE));
  const [inner, algorithm, signature] = [outer.take(SEQUENCE), outer.take(SEQUENCE), outer.take(BITS)];
  outer.end();
  const rows = new Rows(inner);
  rows.maybe(numbered(0)); // the version
  const serial = rows.take(INTEGER).body;
  const [named, issuer, dates, subject, key] = [rows.take(SEQUENCE), rows.take(SEQUENCE).whole, rows.take(SEQUENCE), rows.take(SEQUENCE), rows.take(SEQUENCE)];
  for (const unused of [0x81, 0x82]) rows.maybe(unused); // numbers of issuer and subject
  const more = rows.maybe(numbered(3));
  rows.end();
  return { whole: data, inner, serial, named, issuer, dates, subject, key, more, algorithm, signature };
}

function extensionsOf({ more }: Certificate): ReadonlyMap<string, Extension> {
  return extensionsIn(more);
}

/** Returns the extensions of a certificate or a list, by their dotted names. */
export function extensionsIn(more: Part | null): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  for (const one of more ? partsIn(only(more.body, SEQUENCE).body) : []) {
    const rows = new Rows(one);
    const name = dotted(rows.take(OID));
    if (found.has(name)) throw new Unreadable("certificate");
    found.set(name, { critical: truth(rows), value: rows.take(BYTES).body });
  }
  return found;
}

export function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
