/** One line of a verification: what was looked at, and what was found. */

/** `name` and `note` are keys of `texts.json`. */
export interface Check {
  readonly name: string;
  readonly about: string;
  readonly holds: boolean;
  readonly detail: string;
  /** False if it could neither be confirmed nor refuted: what would be needed is missing. */
  readonly known: boolean;
  readonly note: string;
}

export function check(name: string, about: string, holds: boolean, detail = "", note = ""): Check {
  return { name, about, holds, detail, known: true, note };
}

/** Returns a check of which nobody can say whether it holds. */
export function open(name: string, about: string, note: string): Check {
  return { name, about, holds: false, detail: "", known: false, note };
}

/** Returns a moment, in milliseconds since 1970, as `counter verify` writes it. */
export function moment(at: number): string {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? String(at / 1000) : `${when.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
