/** What `manifest.json` says, read strictly: the twin of `casework/dossier_form.py`. */
import { Unreadable } from "./archive";
import { hex, sha256, utf8 } from "./log";

const FORMAT = "smart-counter-dossier/3";
const MOST_ENTRIES = 20_000;

export interface Keys {
  readonly log: string;
  readonly root: string;
  /** Roots of somebody else's time stamp authority; left out where there is none. */
  readonly time?: string;
}

export interface Proved {
  readonly index: number;
  readonly leaf: string;
  readonly opened: Readonly<Record<string, readonly [salt: string, value: string]>>;
  readonly proof: readonly string[];
}

export interface Manifest {
  readonly format: string;
  readonly checkpoint: string;
  readonly timestamp: string;
  readonly keys: Keys;
  readonly withheld: readonly string[];
  readonly entries: readonly Proved[];
  readonly cosignatures: readonly string[];
}

export interface Leaf {
  readonly kind: string;
  readonly at: number;
  readonly case: string | null;
  readonly after: number;
  readonly facts: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;

/** Returns the manifest; throws `Unreadable` for anything that we would not have written. */
export function readManifest(bytes: Uint8Array): Manifest {
  const text = decoded(bytes);
  const found = parsed(text);
  if (isManifest(found) && found.format === FORMAT && canonical(found) === text) return found;
  throw new Unreadable("manifest.json");
}

export function fingerprint(keys: Keys): Promise<string> {
  return sha256(utf8(canonical(keys))).then(hex);
}

/** Returns what a leaf says, or null if it is none. */
export function readLeaf(text: string): Leaf | null {
  const found = parsed(text);
  if (!isObject(found, ["after", "at", "case", "facts", "kind", "v"])) return null;
  const { after, at, kind, facts, v } = found;
  const about = found["case"];
  const whole = typeof after === "number" && typeof at === "number" && typeof kind === "string" && v === 2;
  if (!whole || !isRow(facts) || !(about === null || typeof about === "string")) return null;
  return { kind, at, case: about, after, facts };
}

/** Returns JSON with sorted keys and no spaces, as the server writes it. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const rows = Object.entries(value).sort(([one], [other]) => byCodePoint(one, other));
  return `{${rows.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(",")}}`;
}

function byCodePoint(one: string, other: string): number {
  const [left, right] = [Array.from(one), Array.from(other)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("manifest.json");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown, names: readonly string[]): value is Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.keys(value).sort().join() === [...names].sort().join();
}

function isRow(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "string");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isKeys(value: unknown): value is Keys {
  if (!isRow(value)) return false;
  return isObject(value, ["log", "root"]) || (isObject(value, ["log", "root", "time"]) && value["time"] !== "");
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value, ["format", "checkpoint", "timestamp", "keys", "withheld", "entries", "cosignatures"])) return false;
  const { format, checkpoint, timestamp, keys, withheld, entries, cosignatures } = value;
  return (
    isTexts([format, checkpoint, timestamp]) &&
    isKeys(keys) &&
    isTexts(withheld) &&
    isTexts(cosignatures) &&
    Array.isArray(entries) &&
    entries.length <= MOST_ENTRIES &&
    entries.every(isProved)
  );
}

function isProved(value: unknown): value is Proved {
  if (!isObject(value, ["index", "leaf", "opened", "proof"])) return false;
  const { index, leaf, opened, proof } = value;
  const pairs = typeof opened === "object" && opened !== null && !Array.isArray(opened) ? Object.values(opened) : [null];
  const whole = pairs.every((one) => isTexts(one) && one.length === 2);
  return Number.isSafeInteger(index) && typeof leaf === "string" && whole && isTexts(proof);
}
