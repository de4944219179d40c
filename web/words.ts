/** The one list of texts, four languages; the same file that the server uses. */
import { createI18n } from "vue-i18n";
import list from "../protocol/texts.json";
import type { Language } from "./protocol";

export const LANGUAGES: readonly { readonly id: Language; readonly name: string }[] = [
  { id: "zh-Hant", name: "繁體中文" },
  { id: "zh-Hans", name: "简体中文" },
  { id: "en", name: "English" },
  { id: "pt", name: "Português" },
];

/** Returns a language's name in that language; of none that we speak, what was given. */
export function languageName(id: string): string {
  return LANGUAGES.find((one) => one.id === id)?.name ?? id;
}

type Rows = Record<string, Record<Language, string>>;

function messages(): Record<Language, Record<string, string>> {
  const by: Record<Language, Record<string, string>> = { "zh-Hant": {}, "zh-Hans": {}, en: {}, pt: {} };
  for (const [key, row] of Object.entries(list as Rows)) {
    for (const { id } of LANGUAGES) by[id][key] = row[id];
  }
  return by;
}

export const words = createI18n({
  legacy: false,
  locale: "zh-Hant" as Language,
  fallbackLocale: "en",
  messages: messages(),
});

/** Switches the language of the page, also for fonts and screen readers. */
export function speak(language: Language): void {
  words.global.locale.value = language;
  document.documentElement.lang = language;
}

/** Returns a text of an item or form in the page's language. */
export function own(text: Readonly<Record<string, string>>, language: string): string {
  return text[language] ?? text["en"] ?? "";
}

/** Whether there is a text for a code. */
export function tellable(code: string): boolean {
  return code in list;
}

/** Returns the key of a text for an error code; unknown codes are our mistake. */
export function known(code: string): string {
  return tellable(code) ? code : "internal";
}
