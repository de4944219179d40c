/** The file of a detached SM2 signature: the twin of `casework/signing/sm2_form.py`. */
import { Unreadable } from "./archive.ts";
import { namedBy, same, SM2_WITH_SM3 } from "./certificates.ts";
import { BYTES, dotted, INTEGER, number, numbered, OID, only, type Part, partsIn, Rows, SEQUENCE, SET, time } from "./der.ts";

const SIGNED_DATA = "1.2.156.10197.6.1.4.2.2";
const DATA = "1.2.156.10197.6.1.4.2.1";
const SM3 = "1.2.156.10197.1.401";
const SM2 = "1.2.156.10197.1.301.1";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_TIME = "1.2.840.113549.1.9.5";
/** Bytes of a file with its certificates; two thousand are usual. */
const LARGEST = 64 * 1024;
const DIGEST_SIZE = 32;

/** What the file says. Nothing of it is proved yet. */
export interface Detached {
  readonly certificate: Uint8Array;
  /** Certificates that may lie between it and a root. */
  readonly others: readonly Uint8Array[];
  /** What was signed (DER). */
  readonly attributes: Uint8Array;
  /** The SM3 of the file that was signed. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  /** When it was signed, by the signer's own word, in milliseconds since 1970. */
  readonly at: number | null;
}

/** Returns what the file says; throws `Unreadable` for what is no such file. */
export function readDetached(data: Uint8Array): Detached {
  wanted(data.length <= LARGEST);
  const file = new Rows(only(data, SEQUENCE));
  wanted(dotted(file.take(OID)) === SIGNED_DATA);
  const signed = new Rows(only(file.take(numbered(0)).body, SEQUENCE));
  file.end();
  wanted(number(signed.take(INTEGER)) === 1n);
  const algorithm = only(signed.take(SET).body, SEQUENCE);
  const content = new Rows(signed.take(SEQUENCE));
  wanted(dotted(content.take(OID)) === DATA && isOf(algorithm, SM3));
  content.end();
  const held = partsIn(signed.take(numbered(0)).body).map((one) => one.whole);
  signed.maybe(numbered(1)); // revocation lists, which are not looked at
  const signer = new Rows(only(signed.take(SET).body, SEQUENCE));
  signed.end();
  return signedBy(signer, held);
}

function signedBy(signer: Rows, held: readonly Uint8Array[]): Detached {
  wanted(number(signer.take(INTEGER)) === 1n);
  const named = new Rows(signer.take(SEQUENCE));
  const [issuer, serial] = [named.take(SEQUENCE).whole, named.take(INTEGER).body];
  named.end();
  wanted(isOf(signer.take(SEQUENCE), SM3));
  const written = signer.take(numbered(0));
  const algorithm = signer.take(SEQUENCE);
  wanted(isOf(algorithm, SM2) || isOf(algorithm, SM2_WITH_SM3));
  const signature = signer.take(BYTES).body;
  signer.maybe(numbered(1)); // attributes that nobody signed
  signer.end();
  const own = held.filter((one) => {
    const by = namedBy(one);
    return same(by.issuer, issuer) && same(by.serial, serial);
  });
  const [certificate, ...more] = own;
  if (!certificate || more.length) throw new Unreadable("SM2");
  const others = held.filter((one) => one !== certificate);
  // What was signed has the tag of a set, in place of the number in the file (RFC 5652, 5.4).
  const attributes = Uint8Array.from(written.whole);
  attributes[0] = SET;
  return { certificate, others, attributes, signature, ...saidIn(written) };
}

function saidIn(written: Part): Pick<Detached, "digest" | "at"> {
  const said = new Map<string, Part>();
  for (const row of partsIn(written.body)) {
    const rows = new Rows(row);
    const name = dotted(rows.take(OID));
    const [value, ...more] = partsIn(rows.take(SET).body);
    // What is there twice says nothing.
    if (!value || more.length || said.has(name)) throw new Unreadable("SM2");
    said.set(name, value);
  }
  const [kind, digest, at] = [said.get(CONTENT_TYPE), said.get(MESSAGE_DIGEST), said.get(SIGNING_TIME)];
  if (!kind || dotted(kind) !== DATA) throw new Unreadable("SM2");
  if (digest?.tag !== BYTES || digest.body.length !== DIGEST_SIZE) throw new Unreadable("SM2");
  return { digest: digest.body, at: at ? time(at) : null };
}

function isOf(algorithm: Part, name: string): boolean {
  return dotted(new Rows(algorithm).take(OID)) === name;
}

function wanted(holds: boolean): void {
  if (!holds) throw new Unreadable("SM2");
}
