/** What a reader believes of SM2 authorities: files of certificates and revocation lists. */
import { Unreadable } from "./archive.ts";
import { readCertificate } from "./certificates.ts";
import { fromBase64 } from "./log.ts";
import { readList } from "./revocation.ts";

/** Bytes of a file. */
const LARGEST = 1024 * 1024;
const PEM = /-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** Everything is DER. */
export interface Trusted {
  readonly roots: readonly Uint8Array[];
  readonly lists: readonly Uint8Array[];
}

export const NOBODY: Trusted = { roots: [], lists: [] };

/** Returns what is in a file, PEM or DER; throws `Unreadable` if it is neither kind. */
export function trustedIn(data: Uint8Array): Trusted {
  if (data.length > LARGEST) throw new Unreadable("certificates");
  const text = new TextDecoder("latin1").decode(data);
  if (!text.includes("-----BEGIN ")) return isCertificate(data) ? { roots: [data], lists: [] } : { roots: [], lists: [checked(data)] };
  const blocks = [...text.matchAll(PEM)].map(([, kind = "", packed = ""]) => ({ kind, data: fromBase64(packed.replace(/\s/g, "")) }));
  if (!blocks.length) throw new Unreadable("certificates");
  const roots = blocks.filter((one) => one.kind === "CERTIFICATE").map((one) => one.data);
  if (!roots.every(isCertificate)) throw new Unreadable("certificates");
  const lists = blocks.filter((one) => one.kind !== "CERTIFICATE").map((one) => checked(one.data));
  return { roots, lists };
}

function isCertificate(data: Uint8Array): boolean {
  try {
    readCertificate(data);
    return true;
  } catch (error) {
    if (error instanceof Unreadable) return false;
    throw error;
  }
}

function checked(data: Uint8Array): Uint8Array {
  readList(data);
  return data;
}
