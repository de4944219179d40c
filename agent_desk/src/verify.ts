/** What the page of verification makes of the checks. */
import type { Language } from "@counter/web/protocol";

export type Check = {
  readonly name: string;
  readonly about: string;
  readonly holds: boolean;
  readonly detail: string;
  readonly known: boolean;
  readonly note: string;
};
export type Verified = { readonly checks: readonly Check[]; readonly report: string };
/** Returns the page's language for what a browser prefers, `zh-Hant` for none of ours. */
export function languageOf(preferred: readonly string[]): Language {
  for (const one of preferred) {
    if (/^zh-(Hans|CN|SG|MY)/.test(one)) return "zh-Hans";
    if (one.startsWith("zh")) return "zh-Hant";
    if (one.startsWith("en")) return "en";
    if (one.startsWith("pt")) return "pt";
  }
  return "zh-Hant";
}

export type Mark = "good" | "bad" | "open";

/** What could not be found out is neither good nor bad, and is not shown as either. */
export function markOf(check: Check): Mark {
  if (check.holds) return "good";
  return check.known ? "bad" : "open";
}

export function verdictOf(checks: readonly Check[]): Mark {
  const marks = checks.map(markOf);
  if (marks.includes("bad")) return "bad";
  return marks.includes("open") ? "open" : "good";
}

/** What the visitor chose: a PDF, and perhaps the SM2 signature that lies beside it. */
export type Chosen = { readonly pdf: File; readonly sm2: File | null };

const SM2 = /\.sm2$/i;
const PDF = /\.pdf$/i;
/** Bytes of an `.sm2` file, as the server takes it. */
const LARGEST_SM2 = 64 * 1024;

/** Returns what is to be verified after `files` were chosen, or a key of `texts.json`. */
export function chosenOf(files: readonly File[], before: Chosen | null): Chosen | string {
  const signatures = files.filter((one) => SM2.test(one.name));
  const papers = files.filter((one) => !SM2.test(one.name));
  if (signatures.length > 1 || papers.length > 1) return "verify-pdf-which";
  // A signature that is chosen afterwards is of the paper that was chosen before.
  const pdf = papers[0] ?? before?.pdf;
  if (!pdf || !(PDF.test(pdf.name) || pdf.type === "application/pdf")) return "verify-pdf-which";
  const sm2 = signatures[0] ?? null;
  if (sm2 && sm2.size > LARGEST_SM2) return "verify-pdf-not-sm2";
  return { pdf, sm2 };
}

/** Returns the address to ask, and the body: the signature goes first. */
export function askedOf({ pdf, sm2 }: Chosen): { readonly path: string; readonly body: Blob } {
  const path = "/api/verifications";
  return sm2 ? { path: `${path}?sm2=${sm2.size}`, body: new Blob([sm2, pdf]) } : { path, body: pdf };
}
