/** What can be said of the SM2 signatures in a dossier: the twin of `casework/verify_beside.py`. */
import { Unreadable, type Members } from "./archive.ts";
import { nameOf, publicOf, stoodUnder } from "./certificates.ts";
import { check, type Check, moment, open } from "./check.ts";
import { readDetached, type Detached } from "./detached.ts";
import { hex } from "./log.ts";
import { isSignedBy } from "./sm2.ts";
import { sm3 } from "./sm3.ts";

const SUFFIX = ".sm2";

/** What somebody knows who looks at SM2 signatures. */
export interface Known {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Certificates (DER). */
  readonly roots: readonly Uint8Array[];
}

/** Returns the checks of each signature that lies beside its PDF; none where that is withheld. */
export function beside(members: Members, known: Known): readonly Check[] {
  const names = [...members.keys()].filter((name) => name.endsWith(SUFFIX)).sort();
  return names.flatMap((name) => {
    const [file, pdf] = [members.get(name), members.get(name.slice(0, -SUFFIX.length))];
    return file && pdf ? ofOne(name, pdf, file, known) : [];
  });
}

function ofOne(name: string, pdf: Uint8Array, file: Uint8Array, known: Known): readonly Check[] {
  const said = unlessUnreadable(() => readDetached(file));
  if (!said) return [check("check-sm2-covers", name, false, "", "note-sm2-unreadable")];
  const digest = hex(sm3(pdf));
  const covers = check("check-sm2-covers", name, hex(said.digest) === digest, digest);
  return [covers, intact(name, said), chain(name, said, known)];
}

function intact(name: string, said: Detached): Check {
  const who = unlessUnreadable(() => nameOf(said.certificate)) ?? "";
  const key = unlessUnreadable(() => publicOf(said.certificate));
  if (!key) return check("check-sm2-intact", name, false, who, "note-sm2-unreadable");
  return check("check-sm2-intact", name, isSignedBy(key, said.attributes, said.signature), who);
}

function chain(name: string, said: Detached, { now, roots }: Known): Check {
  if (!roots.length) return open("check-sm2-chain", name, "verify-sm2-no-root");
  const at = said.at ?? now;
  const holds = at <= now && stoodUnder(said.certificate, said.others, roots, at);
  return check("check-sm2-chain", name, holds, moment(at), holds ? "note-sm2-limits" : "verify-sm2-other-root");
}

function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
