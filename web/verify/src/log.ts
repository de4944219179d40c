/** Hashes, proofs and checkpoints of the evidence log (RFC 9162; C2SP signed note). */
import { Unreadable } from "./archive.ts";

const ORIGIN = "smart-counter/evidence";
const encoder = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

export interface Checkpoint {
  readonly size: number;
  readonly root: string;
}

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
}

function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the bytes, or none at all if `text` is not lower-case hexadecimal. */
export function fromHex(text: string): Bytes {
  if (!/^([0-9a-f]{2})*$/.test(text)) return new Uint8Array();
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** Returns the root that a leaf and its proof lead to, in hexadecimal; empty if none. */
export async function rootFromProof(leaf: string, index: number, size: number, proof: readonly string[]): Promise<string> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return "";
  let node = await sha256(Uint8Array.of(0), utf8(leaf));
  let [place, last, used] = [index, size - 1, 0];
  while (last > 0) {
    const odd = place % 2 === 1;
    if (odd || place < last) {
      const sibling = fromHex(proof[used++] ?? "");
      if (sibling.length !== 32) return "";
      node = await (odd ? sha256(Uint8Array.of(1), sibling, node) : sha256(Uint8Array.of(1), node, sibling));
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return used === proof.length ? hex(node) : "";
}

/** Returns the digest of a fact: SHA-256 of salt, name, a zero byte and value. */
export async function factDigest(name: string, salt: string, value: string): Promise<string> {
  const bytes = fromHex(salt);
  if (bytes.length !== 16) return "";
  return hex(await sha256(bytes, utf8(name), Uint8Array.of(0), utf8(value)));
}

/** Returns the checkpoint if `key` (raw Ed25519, hexadecimal) signed the note. */
export async function readCheckpoint(note: string, key: string): Promise<Checkpoint> {
  const match = /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/]{43}=)\n\n\u2014 ([^\n ]+) ([A-Za-z0-9+/]+=*)\n$/.exec(note);
  const [, origin, size, root, name, signature] = match ?? [];
  if (origin !== ORIGIN || name !== ORIGIN || !size || !root || !signature) throw new Unreadable("checkpoint");
  const blob = fromBase64(signature);
  const head = fromBase64(root);
  if (toBase64(blob) !== signature || toBase64(head) !== root) throw new Unreadable("checkpoint");
  const raw = fromHex(key);
  const id = (await sha256(utf8(`${ORIGIN}\n`), Uint8Array.of(1), raw)).subarray(0, 4);
  if (hex(blob.subarray(0, 4)) !== hex(id)) throw new Unreadable("checkpoint by another log");
  const signed = utf8(`${origin}\n${size}\n${root}\n`);
  const signer = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  if (!(await crypto.subtle.verify("Ed25519", signer, blob.slice(4), signed))) throw new Unreadable("checkpoint signature");
  return { size: Number(size), root: hex(head) };
}

/** Returns when the witness of `key` (C2SP verifier key) cosigned the note, in seconds; null if it did not. */
export async function readCosignature(line: string, note: string, key: string): Promise<number | null> {
  const [, name, id, material] = /^([!-*,-~]{1,100})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(key) ?? [];
  const [, signer, encoded] = /^\u2014 ([!-*,-~]{1,100}) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  if (!name || !id || !material || !encoded || signer !== name) return null;
  const [own, blob] = [fromBase64(material), fromBase64(encoded)];
  const whole = toBase64(own) === material && toBase64(blob) === encoded;
  if (!whole || own.length !== 33 || own[0] !== 4 || blob.length !== 76) return null;
  const right = hex((await sha256(utf8(`${name}\n`), own)).subarray(0, 4));
  if (id !== right || hex(blob.subarray(0, 4)) !== right) return null;
  const at = new DataView(blob.buffer).getBigUint64(4);
  const said = utf8(`cosignature/v1\ntime ${at}\n${note.split("\n\n")[0]}\n`);
  const known = await crypto.subtle.importKey("raw", own.slice(1), "Ed25519", false, ["verify"]);
  return (await crypto.subtle.verify("Ed25519", known, blob.slice(12), said)) ? Number(at) : null;
}

export function fromBase64(text: string): Bytes {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
