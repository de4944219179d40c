/** Compares accounts with the log: the twin of `casework/accounts.py`. */

/** Which entries each account repeats: all of these kinds, in order. */
const ACCOUNTS: Readonly<Record<string, readonly string[]>> = {
  "consents.json": [
    "case-opened",
    "signer-sent-link",
    "signer-at-counter",
    "signer-signed",
    "application-signed",
    "declaration-heard",
    "signature-refused",
    "application-withdrawn",
    "face-agreed",
  ],
  "identity.json": ["identity-confirmed", "signer-sent-link", "signer-at-counter", "material-accepted", "material-refused"],
  "decisions.json": [
    "material-accepted",
    "material-refused",
    "case-decided",
    "licence-amended",
    "licence-renewed",
    "licence-duplicated",
    "licence-suspended",
    "licence-restored",
    "licence-revoked",
  ],
  "printing.json": [
    "licence-released",
    "wrong-release-code",
    "wrong-release-document",
    "release-unlocked",
    "face-compared",
    "face-not-compared",
    "face-vouched",
    "face-refused",
    "sheet-printed",
    "no-sheet",
    "sheet-unknown",
    "sheet-spoiled",
    "credential-given",
  ],
};

/** Kinds of which `identity.json` has only those about an identity document. */
const PAPERS: readonly string[] = ["material-accepted", "material-refused"];

/** An entry as the dossier shows it. */
export interface Told {
  readonly index: number;
  readonly kind: string;
  readonly at: number;
  readonly facts: ReadonlyMap<string, string>;
}

export function isAccount(name: string): boolean {
  return Object.hasOwn(ACCOUNTS, name);
}

/** Returns where an account is not what the log says; null if nowhere. */
export function disagreement(name: string, account: Uint8Array, entries: readonly Told[]): string | null {
  const told = rowsIn(account);
  if (!told) return "unreadable";
  const wanted = entries.filter((one) => belongs(name, one));
  for (const [number, right] of wanted.entries()) {
    const row = told[number];
    if (row !== undefined && !agrees(row, right)) return `${right.index} ${right.kind}`;
  }
  return told.length === wanted.length ? null : `${told.length} of ${wanted.length}`;
}

function belongs(name: string, { kind, facts }: Told): boolean {
  if (!ACCOUNTS[name]?.includes(kind)) return false;
  if (name !== "identity.json" || !PAPERS.includes(kind)) return true;
  return /^identity(-|$)/.test(facts.get("material") ?? "");
}

function rowsIn(account: Uint8Array): readonly unknown[] | null {
  try {
    const found: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(account));
    return Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

/** `plain` is for people: words beside what the log says. */
function agrees(row: unknown, right: Told): boolean {
  if (typeof row !== "object" || row === null) return false;
  const { entry, what, at, said, plain, ...more } = row as Record<string, unknown>;
  const same = entry === right.index && what === right.kind && at === right.at;
  if (!same || Object.keys(more).length || !isTexts(said) || !isTexts(plain ?? {})) return false;
  const facts = [...right.facts].filter(([name]) => name !== "by");
  return facts.length === Object.keys(said).length && facts.every(([name, value]) => said[name] === value);
}

function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === "string");
}
