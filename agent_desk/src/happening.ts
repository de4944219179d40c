/** What happened in a session, in words. */
import type { ComposerTranslation } from "vue-i18n";
import { known, languageName } from "@counter/web/words";
import type { Happening } from "./timeline";

const SCREENS: Readonly<Record<string, string>> = { talk: "screen-talk", waiting: "waiting-queue" };
const BUTTONS: Readonly<Record<string, string>> = {
  shoot: "take-picture",
  add: "add-page",
  sign: "sign-and-submit",
  "leave-sure": "leave",
};

/** Returns the words for a code; one without words is shown as it is. */
export function inWords(t: ComposerTranslation, key: string, code: string): string {
  return known(key) === key ? t(key, { detail: "" }) : code;
}

/** Returns the name of one of the terminal's screens. */
export function screenName(t: ComposerTranslation, name: string): string {
  return inWords(t, SCREENS[name] ?? `step-${name}`, name);
}

/**
 * Returns what an event is about, beside its title; nothing if the title says it all.
 * ``paper`` returns the name of a paper.
 */
export function about(t: ComposerTranslation, one: Happening, paper: (id: string) => string): string {
  const { facts } = one;
  switch (one.kind) {
    case "shown":
      return screenName(t, facts["name"] ?? "");
    case "touched":
      return inWords(t, BUTTONS[facts["name"] ?? ""] ?? facts["name"] ?? "", facts["name"] ?? "");
    case "language":
      return languageName(facts["name"] ?? "");
    case "larger-text":
      return facts["name"] === "on" ? "✓" : "–";
    case "chat":
      return facts["phrase"] ? t(`phrase-${facts["phrase"]}`) : (facts["text"] ?? "");
    case "link-quality":
      return [inWords(t, `source-${one.by}`, one.by), inWords(t, facts["reason"] || `line-${facts["level"]}`, "✓")].join(" · ");
    case "leg-up":
    case "leg-down":
      return [inWords(t, `source-${one.by}`, one.by), facts["reason"] ? inWords(t, `gap-${facts["reason"]}`, "") : ""]
        .filter(Boolean)
        .join(" · ");
    case "gap":
      return [
        inWords(t, `source-${one.by}`, one.by),
        inWords(t, `gap-${facts["reason"]}`, facts["reason"] ?? ""),
        `${facts["seconds"]} s`,
      ].join(" · ");
    case "held":
    case "released":
      return facts["reason"] ?? "";
    case "marks-dropped":
      return facts["count"] ?? "";
    default:
      return ofPaper(t, facts, paper);
  }
}

/** Returns which paper it is about, why it was refused, and for what it was taken all the same. */
function ofPaper(t: ComposerTranslation, facts: Happening["facts"], paper: (id: string) => string): string {
  const { material = "", reason = "", overridden = "" } = facts;
  return [
    material && paper(material),
    material && reason && inWords(t, reason, reason),
    overridden && `${t("taken-anyway")} ${inWords(t, overridden, overridden)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
