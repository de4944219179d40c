/** What can be said of the SM2 signatures in a dossier: the twin of `casework/verify_beside.py`. */
import { Unreadable, type Members } from "./archive.ts";
import { nameOf, publicOf, wayUp } from "./certificates.ts";
import { check, type Check, moment, open } from "./check.ts";
import { readDetached, type Detached } from "./detached.ts";
import { hex } from "./log.ts";
import { isRevoked } from "./revocation.ts";
import { isSignedBy } from "./sm2.ts";
import { sm3 } from "./sm3.ts";
import type { Trusted } from "./trusted.ts";

const SUFFIX = ".sm2";

/** What somebody knows who looks at SM2 signatures. */
export interface Known extends Trusted {
  /** Milliseconds since 1970. */
  readonly now: number;
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
  return [covers, intact(name, said), ...trust(name, said, known)];
}

function intact(name: string, said: Detached): Check {
  const who = unlessUnreadable(() => nameOf(said.certificate)) ?? "";
  const key = unlessUnreadable(() => publicOf(said.certificate));
  if (!key) return check("check-sm2-intact", name, false, who, "note-sm2-unreadable");
  return check("check-sm2-intact", name, isSignedBy(key, said.attributes, said.signature), who);
}

function trust(name: string, said: Detached, { now, roots, lists }: Known): readonly Check[] {
  if (!roots.length) return [open("check-sm2-chain", name, "verify-sm2-no-root")];
  const at = said.at ?? now;
  const way = at <= now ? wayUp(said.certificate, said.others, roots, at) : [];
  if (!way.length) return [check("check-sm2-chain", name, false, moment(at), "verify-sm2-other-root")];
  const chain = check("check-sm2-chain", name, true, moment(at), lists.length ? "note-own-word" : "verify-sm2-limits");
  return lists.length ? [chain, revocation(name, isRevoked(way, lists, at))] : [chain];
}

function revocation(name: string, revoked: boolean | null): Check {
  if (revoked === null) return open("check-sm2-revocation", name, "note-no-list");
  return check("check-sm2-revocation", name, !revoked, "", revoked ? "note-revoked" : "");
}

function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
