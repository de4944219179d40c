/** Checks a dossier as `counter verify` does, but for the signatures inside the PDFs. */
import { disagreement, isAccount, type Told } from "./accounts";
import { Unreadable, unpack, type Members } from "./archive";
import { check, moment, type Check } from "./check";
import { flawOf, isFilm } from "./films";
import { factDigest, fromBase64, hex, readCheckpoint, readCosignature, rootFromProof, sha256, toBase64, utf8 } from "./log";
import { wasLogged, type Said } from "./logged";
import { fingerprint, readLeaf, readManifest, type Leaf, type Manifest, type Proved } from "./manifest";

const MANIFEST = "manifest.json";
const MADE = "dossier-made";
const FILE = "file ";

export interface Verdict {
  readonly checks: readonly Check[];
  readonly fingerprint: string;
  readonly manifest: Manifest;
  readonly leaves: readonly (Leaf | null)[];
  readonly members: Members;
}

/** Returns every check; throws `Unreadable` for what is no dossier at all. */
export async function verify(data: Uint8Array): Promise<Verdict> {
  const { members, exact } = unpack(data);
  const written = members.get(MANIFEST);
  if (!written) throw new Unreadable(MANIFEST);
  const manifest = readManifest(written);
  const leaves = manifest.entries.map((entry) => readLeaf(entry.leaf));
  const own = await fingerprint(manifest.keys);
  const checks = [check("check-archive", "zip", exact)];
  checks.push(...(await logged(manifest, leaves)));
  checks.push(...(await facts(manifest, leaves)));
  checks.push(...ofOneCase(manifest, leaves));
  checks.push(...(await made(manifest, own)));
  checks.push(...(await files(manifest, leaves, members)));
  checks.push(...accounts(manifest, leaves, members));
  for (const name of [...members.keys()].filter(isFilm)) {
    const flaw = await flawOf(name, members);
    checks.push(check("check-film", name, flaw === null, flaw ?? ""));
  }
  return { checks, fingerprint: own, manifest, leaves, members };
}

function named(entry: Proved, leaf: Leaf | null | undefined): string {
  return `${entry.index} ${leaf?.kind ?? "?"}`;
}

async function logged(manifest: Manifest, leaves: readonly (Leaf | null)[]): Promise<Check[]> {
  let checkpoint;
  try {
    checkpoint = await readCheckpoint(manifest.checkpoint, manifest.keys.log);
  } catch (error) {
    return [check("check-checkpoint", "log", false, error instanceof Unreadable ? error.message : "")];
  }
  const found = [check("check-checkpoint", `${checkpoint.size} entries`, true)];
  for (const [number, entry] of manifest.entries.entries()) {
    const root = await rootFromProof(entry.leaf, entry.index, checkpoint.size, entry.proof);
    found.push(check("check-log-entry", named(entry, leaves[number]), root === checkpoint.root));
  }
  const last = manifest.entries.at(-1);
  const ends = last?.index === checkpoint.size - 1 && leaves.at(-1)?.kind === MADE;
  found.push(check("check-last-entry", String(checkpoint.size - 1), ends));
  return found;
}

async function facts(manifest: Manifest, leaves: readonly (Leaf | null)[]): Promise<Check[]> {
  const found: Check[] = [];
  const missing: string[] = [];
  for (const [number, entry] of manifest.entries.entries()) {
    const leaf = leaves[number];
    found.push(check("check-leaf", named(entry, leaf), !!leaf));
    if (!leaf) continue;
    for (const [name, [salt, value]] of Object.entries(entry.opened)) {
      const right = (await factDigest(name, salt, value)) === leaf.facts[name];
      if (!right) found.push(check("check-fact", `${named(entry, leaf)}: ${name}`, false));
    }
    const hidden = Object.keys(leaf.facts).filter((name) => !(name in entry.opened));
    missing.push(...hidden.map((name) => `${entry.index} ${name}`));
  }
  const said = new Set(manifest.withheld);
  const odd = [...missing.filter((one) => !said.has(one)), ...[...said].filter((one) => !missing.includes(one))];
  const holds = !odd.length && said.size === manifest.withheld.length;
  found.push(check("check-withheld", MANIFEST, holds, odd.join(", ")));
  return found;
}

function ofOneCase(manifest: Manifest, leaves: readonly (Leaf | null)[]): Check[] {
  const cases = [...new Set(leaves.flatMap((leaf) => (leaf ? [leaf.case ?? ""] : [])))];
  const found = [check("check-same-case", cases.join(", "), cases.length === 1)];
  let before = -1;
  for (const [number, entry] of manifest.entries.entries()) {
    const after = leaves[number]?.after ?? before;
    if (after !== before) found.push(check("check-no-gap", `${after} → ${entry.index}`, false));
    before = entry.index;
  }
  found.push(check("check-no-gap", String(leaves.length), leaves.length > 0));
  return found;
}

async function made(manifest: Manifest, own: string): Promise<Check[]> {
  const said = shown(manifest.entries.at(-1));
  const found = ["keys", "timestamped", "witnesses"].filter((name) => !said.has(name)).map((name) => check("check-fact", name, false));
  found.push(check("check-logged-keys", "keys", said.get("keys") === own));
  const token = fromBase64(manifest.timestamp);
  // Whose word it is, the command checks; here only that it speaks of this checkpoint.
  const imprint = hex(await sha256(utf8(manifest.checkpoint)));
  const whole = hex(token).includes(imprint) && toBase64(token) === manifest.timestamp;
  const stamped = said.get("timestamped") === "yes";
  found.push(check("check-timestamp", "checkpoint", stamped ? whole : !manifest.timestamp, stamped ? "" : "none was made"));
  found.push(...(await cosigned(manifest, witnesses(manifest))));
  return found;
}

/** The keys of the witnesses that the last entry names. */
export function witnesses(manifest: Manifest): readonly string[] {
  const said = shown(manifest.entries.at(-1)).get("witnesses") ?? "";
  return said.split(" ").filter(Boolean);
}

async function cosigned(manifest: Manifest, named: readonly string[]): Promise<Check[]> {
  const lines = manifest.cosignatures;
  const found = named.length === lines.length ? [] : [check("check-cosigned", `${lines.length} of ${named.length}`, false)];
  for (const [number, key] of named.entries()) {
    const line = lines[number];
    if (line === undefined) continue;
    const at = await readCosignature(line, manifest.checkpoint, key);
    found.push(check("check-cosigned", key, at !== null, at === null ? "" : moment(1000 * at)));
  }
  return found;
}

async function files(manifest: Manifest, leaves: readonly (Leaf | null)[], members: Members): Promise<Check[]> {
  const rows = [...shown(manifest.entries.at(-1))].filter(([name]) => name.startsWith(FILE));
  const digests = new Map(rows.map(([name, digest]) => [name.slice(FILE.length), digest]));
  const there = [...members.keys()].filter((name) => name !== MANIFEST);
  const missing = [...digests.keys()].filter((name) => !members.has(name));
  const added = there.filter((name) => !digests.has(name));
  const found = missing.map((name) => check("check-file-list", name, false, "missing"));
  found.push(...added.map((name) => check("check-file-list", name, false, "not of this dossier")));
  found.push(check("check-file-list", MANIFEST, !missing.length && !added.length));
  const before = manifest.entries.slice(0, -1).map((entry, at): Said => ({ kind: leaves[at]?.kind ?? "?", facts: shown(entry) }));
  for (const name of there) {
    const digest = hex(await sha256(members.get(name) ?? new Uint8Array()));
    found.push(check("check-file-digest", name, digest === digests.get(name)));
    const known = wasLogged(name, digest, before);
    if (known !== null) found.push(check("check-logged-digest", name, known));
  }
  return found;
}

function accounts(manifest: Manifest, leaves: readonly (Leaf | null)[], members: Members): Check[] {
  const told = manifest.entries.flatMap((entry, at): Told[] => {
    const leaf = leaves[at];
    return leaf ? [{ index: entry.index, kind: leaf.kind, at: leaf.at, facts: shown(entry) }] : [];
  });
  return [...members].flatMap(([name, data]) => {
    if (!isAccount(name)) return [];
    const wrong = disagreement(name, data, told);
    return [check("check-account", name, wrong === null, wrong ?? "")];
  });
}

function shown(entry: Proved | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(entry?.opened ?? {}).map(([name, [, value]]) => [name, value]));
}
