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
