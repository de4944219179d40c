/** Draws the page. Words of others are only ever text, never markup; nothing is sent. */
import "./verify.css";
import type { Language } from "../../protocol";
import { guess, has, LANGUAGES, speak, spoken, t } from "../../plain";
import { Unreadable } from "./archive";
import { beside } from "./beside";
import type { Check } from "./check";
import { verify, type Verdict } from "./dossier";
import { NOBODY, trustedIn, type Trusted } from "./trusted";

type State =
  | { readonly is: "empty" }
  | { readonly is: "working"; readonly name: string }
  | { readonly is: "unreadable"; readonly name: string; readonly part: string }
  | { readonly is: "old-browser" }
  | { readonly is: "verdict"; readonly name: string; readonly verdict: Verdict; readonly sm2: readonly Check[] };

const header = document.querySelector("header") as HTMLElement;
const main = document.querySelector("main") as HTMLElement;
let state: State = { is: "empty" };
let published = "";
/** What the reader believes of SM2 authorities. */
let trusted: Trusted = NOBODY;
/** Whether a file that was chosen last was of no use. */
let useless = false;
let links: string[] = [];

type Child = Node | string;

function el(tag: string, marks: Readonly<Record<string, string>>, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(marks)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function become(next: State): void {
  state = next;
  draw();
  main.querySelector<HTMLElement>("h1")?.focus();
}

async function open(file: File): Promise<void> {
  become({ is: "working", name: file.name });
  try {
    const verdict = await verify(new Uint8Array(await file.arrayBuffer()));
    become({ is: "verdict", name: file.name, verdict, sm2: sm2Of(verdict) });
  } catch (error) {
    if (error instanceof Unreadable) become({ is: "unreadable", name: file.name, part: error.message });
    else become({ is: "old-browser" });
  }
}

function sm2Of({ members }: Verdict): readonly Check[] {
  return beside(members, { now: Date.now(), ...trusted });
}

/** Believes what is in `files`; what is of the kind that was chosen before takes its place. */
async function believe(files: readonly File[]): Promise<void> {
  try {
    const found = await Promise.all(files.map(async (one) => trustedIn(new Uint8Array(await one.arrayBuffer()))));
    const [roots, lists] = [found.flatMap((one) => one.roots), found.flatMap((one) => one.lists)];
    trusted = { roots: roots.length ? roots : trusted.roots, lists: lists.length ? lists : trusted.lists };
    useless = false;
  } catch {
    useless = true;
  }
  if (state.is !== "verdict") return;
  state = { ...state, sm2: sm2Of(state.verdict) };
  draw();
  main.querySelector<HTMLElement>("[data-act=sm2-root]")?.focus();
}

function draw(): void {
  for (const link of links) URL.revokeObjectURL(link);
  links = [];
  document.title = `${t("verify-title")} · ${t("product")}`;
  header.replaceChildren(el("strong", {}, t("product")), languages());
  main.replaceChildren(...screen(state));
}

function languages(): HTMLElement {
  const options = LANGUAGES.map(({ id, name }) => el("option", { value: id, lang: id }, name));
  const select = el("select", { "aria-label": t("language") }, ...options) as HTMLSelectElement;
  select.value = spoken();
  select.addEventListener("change", () => {
    speak(select.value as Language);
    draw();
    header.querySelector("select")?.focus();
  });
  return select;
}

function screen(now: State): Child[] {
  switch (now.is) {
    case "empty":
      return [title("verify-title"), el("p", {}, t("verify-what")), chooser("verify-choose"), el("p", { class: "hint" }, t("verify-stays-here"))];
    case "working":
      return [title("verify-working"), el("p", {}, el("bdi", {}, now.name)), el("progress", { "aria-label": t("verify-working") })];
    case "unreadable":
      return [
        title("verify-unreadable"),
        el("p", { class: "verdict bad", "data-verdict": "unreadable" }, t("verify-unreadable-do")),
        el("p", {}, el("bdi", {}, now.name), " · ", el("code", {}, now.part)),
        chooser("verify-another"),
      ];
    case "old-browser":
      return [title("verify-old-browser"), el("p", { class: "why" }, t("verify-old-browser-do")), chooser("verify-another")];
    case "verdict":
      return result(now.name, now.verdict, now.sm2);
    default:
      return now satisfies never;
  }
}

function title(key: string): HTMLElement {
  return el("h1", { tabindex: "-1" }, t(key));
}

function chooser(key: string): HTMLElement {
  const input = el("input", { type: "file", accept: ".zip,application/zip", "data-act": "choose" }) as HTMLInputElement;
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) void open(file);
  });
  return el("label", { class: "button" }, t(key), input);
}

function result(name: string, verdict: Verdict, sm2: readonly Check[]): Child[] {
  const every = [...verdict.checks, ...sm2];
  const wrong = every.filter((one) => !one.holds && one.known);
  const partly = verdict.manifest.withheld.length > 0;
  const how = wrong.length ? "bad" : partly ? "partly" : "good";
  const sure = every.every((one) => one.known);
  const words = { bad: "verify-bad", partly: "verify-partly", good: sure ? "verify-good" : "verify-good-open" }[how];
  return [
    title("verify-title"),
    el("p", { class: `verdict ${how}`, "data-verdict": how, role: "status" }, t(words, { n: wrong.length })),
    el("p", {}, el("bdi", {}, name)),
    ...(wrong.length ? [section("verify-wrong", el("ul", { class: "wrong" }, ...wrong.map(row)))] : []),
    section("verify-keys", ...keys(verdict)),
    ...seenBy(verdict),
    ...(sm2.length ? [section("verify-sm2", ...signatures(sm2))] : []),
    ...(partly ? [section("verify-withheld", el("ul", {}, ...verdict.manifest.withheld.map((one) => el("li", {}, one))))] : []),
    section("verify-history", history(verdict)),
    section("verify-files", files(verdict)),
    details(every),
    el("p", { class: "hint" }, t("verify-not-here")),
    chooser("verify-another"),
  ];
}

function section(key: string, ...children: Child[]): HTMLElement {
  return el("section", {}, el("h2", {}, t(key)), ...children);
}

function row(one: Check): HTMLElement {
  const detail = one.detail ? ` (${one.detail})` : "";
  const [how, sign] = one.holds ? ["yes", "✓"] : one.known ? ["no", "✗"] : ["open", "?"];
  const note = one.note ? [el("small", {}, ` ${t(one.note)}`)] : [];
  const marks = { "data-check": one.name, "data-holds": String(one.holds), "data-known": String(one.known) };
  return el("li", marks, el("span", { class: how }, sign), ` ${t(one.name)}: `, el("code", {}, `${one.about}${detail}`), ...note);
}

/** Whose signature it is says the root, which its authority publishes elsewhere. */
function signatures(sm2: readonly Check[]): Child[] {
  // No list of kinds: some phones then let nobody choose a file whose ending they do not know.
  const input = el("input", { type: "file", multiple: "", "data-act": "sm2-root" }) as HTMLInputElement;
  input.addEventListener("change", () => {
    if (input.files?.length) void believe([...input.files]);
  });
  const how = useless ? "bad" : trusted.roots.length ? "given" : "none";
  const counted = { n: trusted.roots.length, lists: trusted.lists.length };
  return [
    el("p", {}, t("verify-sm2-means")),
    el("ul", { class: "signatures" }, ...sm2.map(row)),
    el("label", { class: "button plain" }, t("verify-sm2-root"), input),
    el("p", { role: "status", class: how === "bad" ? "no" : "hint", "data-roots": how }, t(`verify-sm2-root-${how}`, counted)),
  ];
}

/** The office's own word is the fingerprint that it publishes elsewhere. */
function keys(verdict: Verdict): Child[] {
  const input = el("input", { type: "text", id: "published", spellcheck: "false", autocomplete: "off" }) as HTMLInputElement;
  const said = el("p", { role: "status", "data-keys": "" });
  const compare = (): void => {
    published = input.value.trim().toLowerCase();
    const how = !published ? "open" : published === verdict.fingerprint ? "same" : "other";
    said.dataset["keys"] = how;
    said.className = how === "same" ? "yes" : how === "other" ? "no" : "hint";
    said.textContent = t(`verify-keys-${how}`);
  };
  input.value = published;
  input.addEventListener("input", compare);
  compare();
  return [
    el("p", { class: "long" }, el("code", { "data-fingerprint": "" }, verdict.fingerprint)),
    el("label", { for: "published" }, t("verify-keys-published")),
    input,
    said,
  ];
}

function seenBy(verdict: Verdict): Child[] {
  const rows = verdict.checks.filter((one) => one.name === "check-cosigned" && one.holds);
  if (!rows.length) return [];
  const keys = rows.map((one) => el("li", { class: "long" }, el("code", {}, one.about), ` ${one.detail}`));
  return [section("verify-witnesses", el("p", {}, t("verify-witnesses-compare")), el("ul", {}, ...keys))];
}

function history(verdict: Verdict): HTMLElement {
  const rows = verdict.manifest.entries.map((entry, number) => {
    const leaf = verdict.leaves[number];
    const when = leaf ? new Date(leaf.at * 1000).toLocaleString(spoken()) : "?";
    const [, by] = entry.opened["by"] ?? ["", "—"];
    const kind = leaf?.kind ?? "?";
    const what = has(`entry-${kind}`) ? t(`entry-${kind}`) : kind;
    return el("tr", {}, ...[String(entry.index), when, what].map((one) => el("td", {}, one)), el("td", {}, el("bdi", {}, by)));
  });
  const heads = ["#", t("verify-when"), t("verify-happened"), t("verify-who")].map((one) => el("th", { scope: "col" }, one));
  return el("div", { class: "wide", tabindex: "0" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)));
}

function files(verdict: Verdict): HTMLElement {
  const rows = [...verdict.members].map(([name, data]) => {
    // A download, never opened here: what a file holds could be a page.
    const link = URL.createObjectURL(new Blob([data.slice()], { type: "application/octet-stream" }));
    links.push(link);
    return el("li", {}, el("a", { href: link, download: name.split("/").at(-1) ?? name }, name), ` ${Math.ceil(data.length / 1024)} KB`);
  });
  return el("ul", {}, ...rows);
}

function details(every: readonly Check[]): HTMLElement {
  return el("details", {}, el("summary", {}, t("verify-all", { n: every.length })), el("ul", {}, ...every.map(row)));
}

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) void open(file);
});
speak(guess(navigator.languages));
draw();
