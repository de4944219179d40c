/** Revocation lists of SM2 authorities: the twin of `casework/signing/sm2_revocation.py`. */
import { Unreadable } from "./archive.ts";
import { type Certificate, extensionsIn, isSigned, same, type Signed } from "./certificates.ts";
import { BITS, INTEGER, LONG_TIME, numbered, only, type Part, partsIn, Rows, SEQUENCE, time, UTC_TIME } from "./der.ts";
import { hex } from "./log.ts";

interface List extends Signed {
  readonly issuer: Uint8Array;
  readonly ends: Part | null;
  readonly rows: Part | null;
  readonly more: Part | null;
}

/**
 * Returns whether a certificate on the way from a signer to a root is on a list (DER) of
 * whoever issued it; null if for one of them there is no list of the time `at`
 * (milliseconds), or a younger one.
 */
export function isRevoked(way: readonly Certificate[], lists: readonly Uint8Array[], at: number): boolean | null {
  let known = true;
  for (const [place, above] of way.slice(1).entries()) {
    const one = way[place];
    if (!one) break;
    const counting = lists.flatMap((list) => serialsIn(list, one, above, at) ?? []);
    if (counting.some((serials) => serials.has(hex(one.serial)))) return true;
    known = known && counting.length > 0;
  }
  return known ? false : null;
}

/** Returns what a list revokes if it speaks of `one` at all. */
function serialsIn(data: Uint8Array, one: Certificate, above: Certificate, at: number): ReadonlySet<string> | null {
  try {
    const list = readList(data);
    const critical = [...extensionsIn(list.more).values()].some((extension) => extension.critical);
    // Lists in parts do not count: they say so in something critical.
    if (!same(list.issuer, one.issuer) || critical || !list.ends || time(list.ends) < at || !isSigned(list, above)) return null;
    const rows = list.rows ? partsIn(list.rows.body) : [];
    return new Set(rows.map((row) => hex(new Rows(row).take(INTEGER).body)));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** Returns the parts of a list (RFC 5280, 5.1); throws `Unreadable`. */
export function readList(data: Uint8Array): List {
  const outer = new Rows(only(data, SEQUENCE));
  const [inner, algorithm, signature] = [outer.take(SEQUENCE), outer.take(SEQUENCE), outer.take(BITS)];
  outer.end();
  const rows = new Rows(inner);
  rows.maybe(INTEGER); // the version
  const [named, issuer] = [rows.take(SEQUENCE), rows.take(SEQUENCE).whole];
  const next = (): Part | null => rows.maybe(UTC_TIME) ?? rows.maybe(LONG_TIME);
  if (!next()) throw new Unreadable("revocation list");
  const ends = next();
  const listed = rows.maybe(SEQUENCE);
  const more = rows.maybe(numbered(0));
  rows.end();
  return { inner, named, algorithm, signature, issuer, ends, rows: listed, more };
}
