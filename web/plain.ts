/** The same texts as everywhere, without a framework: for pages that are opened once. */
import list from "../protocol/texts.json";
import type { Language } from "./protocol";

export const LANGUAGES: readonly { readonly id: Language; readonly name: string }[] = [
  { id: "zh-Hant", name: "繁體中文" },
  { id: "zh-Hans", name: "简体中文" },
  { id: "en", name: "English" },
  { id: "pt", name: "Português" },
];

const rows: Readonly<Record<string, Readonly<Record<Language, string>> | undefined>> = list;
let language: Language = "zh-Hant";

export function spoken(): Language {
  return language;
}

export function speak(wanted: Language): void {
  language = wanted;
  document.documentElement.lang = wanted;
}

/** Returns the language that the phone itself speaks, until a ticket says another. */
export function guess(wanted: readonly string[]): Language {
  for (const one of wanted) {
    const low = one.toLowerCase();
    if (/^zh\b.*(hans|cn|sg)/.test(low)) return "zh-Hans";
    if (low.startsWith("zh")) return "zh-Hant";
    if (low.startsWith("pt")) return "pt";
    if (low.startsWith("en")) return "en";
  }
  return "zh-Hant";
}

/** Returns a text with its places filled; an unknown code is our mistake. */
export function t(key: string, places: Readonly<Record<string, string | number>> = {}): string {
  const row = rows[key] ?? rows["internal"];
  const text = row?.[language] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}

/** Whether there is a text: some keys are made of what others wrote. */
export function has(key: string): boolean {
  return key in rows;
}

/** Returns a text of a service item in the page's language. */
export function own(text: Readonly<Record<string, string>>): string {
  return text[language] ?? text["en"] ?? "";
}
