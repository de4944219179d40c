/** Checks a licence's code without a network; the twin of casework/licence_code.py. */
import { decode, join, toBeSigned, type Value } from "./cbor.ts";

export const PREFIX = "LIC1:";
const END = ".";
const LONGEST = 483;
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const ALGORITHM = 1;
const KEY_ID = 4;
const ES256 = -7;
const SIGN1_TAG = 0xd2;
const ISSUER = 1;
const EXPIRES = 4;
const ISSUED_AT = 6;
const ABOUT = -70001;
const WITHDRAWN = -70002;
const MARK_BYTES = 8;
/** Seconds that this machine's clock may be behind the office's. */
const SKEW = 3600;
const STANDINGS: Readonly<Record<number, Standing>> = { 1: "suspended", 2: "revoked", 3: "replaced" };

export type Standing = "in-force" | "suspended" | "revoked" | "replaced";
export type PublicKey = { readonly kid: string; readonly x: string; readonly y: string };
export type KeySet = { readonly issuer: string; readonly keys: readonly PublicKey[] };
export type Claims = {
  readonly issuer: string;
  readonly number: string;
  readonly edition: number;
  readonly title: string;
  readonly holder: string;
  readonly issued: number;
  /** Seconds since 1970; 0 for no end. */
  readonly expires: number;
  readonly kind: "original" | "duplicate";
  readonly copy: number;
  readonly specimen: boolean;
  /** Hexadecimal: what the list of withdrawn copies calls this one. */
  readonly mark: string;
};
export type Verdict =
  | { readonly is: "bad"; readonly why: string }
  | { readonly is: "good" | "specimen" | "expired" | "early"; readonly claims: Claims; readonly made: number }
  | { readonly is: "withdrawn"; readonly claims: Claims; readonly made: number; readonly standing: Standing }
  | { readonly is: "unknown"; readonly claims: Claims; readonly why: "no-list" | "old-list" | "bad-list" };

/** Returns what is known of a code now. Never throws: what it cannot read is bad. */
export async function check(code: string, keys: KeySet, list: Uint8Array | null, now: number): Promise<Verdict> {
  let claims: Claims;
  try {
    claims = await readCode(code, keys);
  } catch (error) {
    return { is: "bad", why: error instanceof Error ? error.message : "" };
  }
  if (!list) return { is: "unknown", claims, why: "no-list" };
  try {
    const found = await readList(list, keys);
    if (now >= found.until || now < found.made - SKEW) return { is: "unknown", claims, why: "old-list" };
    const standing = found.standings.get(claims.mark) ?? "in-force";
    if (standing !== "in-force") return { is: "withdrawn", claims, made: found.made, standing };
    const is = claims.issued > now ? "early" : claims.expires && now >= claims.expires ? "expired" : claims.specimen ? "specimen" : "good";
    return { is, claims, made: found.made };
  } catch {
    return { is: "unknown", claims, why: "bad-list" };
  }
}

export async function readCode(text: string, keys: KeySet): Promise<Claims> {
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX) || !trimmed.endsWith(END) || trimmed.length > LONGEST) throw new Error("not a licence code");
  const claims = await verified(base45(trimmed.slice(PREFIX.length, -END.length)), keys);
  const about = claims.get(ABOUT);
  if (!Array.isArray(about) || about.length !== 9 || about[0] !== 1) throw new Error("claims");
  const [, number, edition, title, holder, digest, kind, copy, specimen] = about;
  const [issuer, issued, expires] = [claims.get(ISSUER), claims.get(ISSUED_AT), claims.get(EXPIRES) ?? 0];
  if (!(digest instanceof Uint8Array) || digest.length !== 16) throw new Error("claims");
  const said = {
    issuer: words(issuer),
    number: words(number),
    edition: whole(edition),
    title: words(title),
    holder: words(holder),
    issued: whole(issued),
    expires: whole(expires),
    kind: kind === 0 ? ("original" as const) : ("duplicate" as const),
    copy: whole(copy),
    specimen: specimen !== false,
  };
  return { ...said, mark: await markOf(digest, `${said.kind} ${said.copy}`) };
}

export async function readList(
  data: Uint8Array,
  keys: KeySet,
): Promise<{ made: number; until: number; standings: Map<string, Standing> }> {
  const claims = await verified(data, keys);
  const groups = claims.get(WITHDRAWN);
  if (!(groups instanceof Map)) throw new Error("groups");
  const standings = new Map<string, Standing>();
  for (const [number, standing] of Object.entries(STANDINGS)) {
    const marks = groups.get(Number(number));
    if (!(marks instanceof Uint8Array) || marks.length % MARK_BYTES) throw new Error("marks");
    for (let place = 0; place < marks.length; place += MARK_BYTES) {
      standings.set(hex(marks.subarray(place, place + MARK_BYTES)), standing);
    }
  }
  return { made: whole(claims.get(ISSUED_AT)), until: whole(claims.get(EXPIRES)), standings };
}

/** Returns the bytes of a Base45 text (RFC 9285). */
export function base45(text: string): Uint8Array {
  if (text.length % 3 === 1) throw new Error("length");
  const out: number[] = [];
  for (let place = 0; place < text.length; place += 3) {
    const digits = [...text.slice(place, place + 3)].map((one) => LETTERS.indexOf(one));
    if (digits.includes(-1)) throw new Error("alphabet");
    const number = digits.reduce((sum, digit, power) => sum + digit * 45 ** power, 0);
    if (number >= 256 ** (digits.length - 1)) throw new Error("more than its bytes hold");
    if (digits.length === 3) out.push(number >> 8);
    out.push(number & 255);
  }
  return new Uint8Array(out);
}

async function verified(data: Uint8Array, keys: KeySet): Promise<Map<number, Value>> {
  if (data[0] !== SIGN1_TAG) throw new Error("not a COSE_Sign1");
  const parts = decode(data.slice(1));
  if (!Array.isArray(parts) || parts.length !== 4) throw new Error("not a COSE_Sign1");
  const [header, other, payload, signature] = parts;
  const plain = header instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array;
  if (!plain || !(other instanceof Map) || other.size || signature.length !== 64) throw new Error("not a COSE_Sign1");
  const said = decode(header);
  if (!(said instanceof Map) || said.size !== 2 || said.get(ALGORITHM) !== ES256) throw new Error("header");
  const key = await known(said.get(KEY_ID), keys);
  const how = { name: "ECDSA", hash: "SHA-256" };
  if (!(await crypto.subtle.verify(how, key, join(signature), toBeSigned(header, payload)))) throw new Error("signature");
  const claims = decode(payload);
  if (!(claims instanceof Map)) throw new Error("claims");
  return claims;
}

async function known(id: Value | undefined, keys: KeySet): Promise<CryptoKey> {
  const key = id instanceof Uint8Array && keys.keys.find((one) => hex(base64url(one.kid)) === hex(id));
  if (!key) throw new Error("unknown key");
  const jwk = { kty: "EC", crv: "P-256", x: key.x, y: key.y };
  return crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

async function markOf(digest: Uint8Array, copy: string): Promise<string> {
  const said = join(digest, new TextEncoder().encode(copy));
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", said)).subarray(0, MARK_BYTES));
}

function base64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}

function hex(data: Uint8Array): string {
  return [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function words(value: Value | undefined): string {
  if (typeof value !== "string") throw new Error("claims");
  return value;
}

function whole(value: Value | undefined): number {
  if (typeof value !== "number") throw new Error("claims");
  return value;
}
