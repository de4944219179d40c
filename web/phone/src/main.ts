/** Draws the page. Words of others are only ever text, never markup. */
import "./phone.css";
import type { Language } from "../../protocol";
import { button, el, type Child } from "./elements";
import { Sheet, type Progress, type Sent, type State } from "./sheet";
import { typed } from "./typed";
import { SignerPage } from "./signer";
import { guess, LANGUAGES, own, speak, spoken, t } from "../../plain";

const header = document.querySelector("header") as HTMLElement;
const main = document.querySelector("main") as HTMLElement;
const aside = document.querySelector(".aside") as HTMLElement;
const down = document.querySelector(".line") as HTMLElement;
const rows = new Map<string, HTMLElement>();
let shown = "";

const sheet = new Sheet(changed, moved, line);
const signing = new SignerPage(sheet, () => draw());
/** Milliseconds between two questions how the signing stands. */
const ASK_EVERY = 2000;

function changed(): void {
  const { state } = sheet;
  if (state.is === "open" && shown === "opening") speak(state.about.language);
  // A screen reader begins where the new screen does, and not after the first.
  const now = state.is === "open" && state.about.signing ? `signing ${state.about.signing.stage}` : state.is;
  const jump = shown !== "" && shown !== now;
  shown = now;
  draw();
  if (jump) main.querySelector<HTMLElement>("h1")?.focus();
}

function line(up: boolean): void {
  down.hidden = up;
  down.textContent = up ? "" : t("phone-cut");
}

function draw(): void {
  const act = (document.activeElement as HTMLElement | null)?.dataset["act"];
  rows.clear();
  document.title = `${t("phone-title")} · ${t("product")}`;
  header.replaceChildren(el("strong", {}, t("product")), languages());
  main.replaceChildren(...screen(sheet.state));
  if (act) main.querySelector<HTMLElement>(`[data-act="${act}"]`)?.focus({ preventScroll: true });
  tick();
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

function screen(state: State): Child[] {
  switch (state.is) {
    case "opening":
      return [title("phone-opening"), ...(state.cut ? [el("p", { class: "why" }, t("phone-cut"))] : [])];
    case "closed":
      return [title("phone-closed"), el("p", { class: "why", "data-code": state.code }, t(sheet.signer ? "cosign-ended" : state.code)), ...(state.code === "phone-no-code" ? [typed(sheet)] : []), list()];
    case "done":
      return [title("phone-look"), list(), button("phone-more", "second", () => sheet.finish(false))];
    case "open":
      if (state.about.signing) return signing.screen(state.about, state.about.signing, () => [...choices(state.about.most_pages), list()]);
      return [title("phone-title"), what(state), ...choices(state.about.most_pages), list(), button("phone-done", "second", () => sheet.finish(true))];
    default:
      return state satisfies never;
  }
}

function title(key: string): HTMLElement {
  return el("h1", { tabindex: "-1" }, t(key));
}

function what(state: Extract<State, { is: "open" }>): HTMLElement {
  const { about } = state;
  const paper = el("dd", { class: "paper", "data-paper": "" }, own(about.paper));
  const time = el("dd", {}, el("span", { role: "timer", "data-left": "" }));
  return el(
    "dl",
    {},
    ...[el("dt", {}, t("phone-paper")), paper],
    ...[el("dt", {}, t("phone-office")), el("dd", {}, `${about.office} · ${own(about.item)} · ${about.ticket}`)],
    ...[el("dt", {}, t("phone-time")), time],
  );
}

function choices(most: number): HTMLElement[] {
  // Of several files for a paper of one page the last would take the place of the others.
  const several = most > 1 ? { multiple: "" } : {};
  return [
    chooser("phone-take", "main", { accept: "image/*", capture: "environment" }, true),
    el("p", { class: "hint" }, t("phone-flat")),
    chooser("phone-choose", "second", { accept: "application/pdf,image/jpeg,image/png,image/heic,image/heif,.heic", ...several }, false),
    el("p", { class: "hint" }, t("phone-kinds")),
  ];
}

function chooser(key: string, kind: string, marks: Readonly<Record<string, string>>, photo: boolean): HTMLElement {
  const input = el("input", { type: "file", ...marks, "data-act": key }) as HTMLInputElement;
  input.addEventListener("change", () => {
    for (const file of input.files ?? []) sheet.add(file, photo);
    input.value = "";
  });
  return el("label", { class: `button ${kind}` }, t(key), input);
}

function list(): HTMLElement {
  const items = sheet.files.map((one) => {
    const item = el("li", {});
    rows.set(one.id, item);
    fill(item, one);
    return item;
  });
  if (!items.length) return el("div", {});
  return el("section", { "aria-label": t("phone-list") }, el("h2", {}, t("phone-list")), el("ul", {}, ...items));
}

function fill(item: HTMLElement, one: Sent): void {
  const { progress } = one;
  const name = el("bdi", {}, one.photo ? t("phone-photo-n", { n: one.photo }) : one.name);
  const said = el("span", {}, inWords(progress));
  item.className = progress.is;
  item.dataset["file"] = progress.is;
  const share = progress.is === "sending" ? progress.share : 0;
  const bar = el("progress", { max: "1", value: String(share), "aria-label": t("phone-list") });
  item.replaceChildren(name, said, ...(progress.is === "sending" ? [bar] : []));
}

function inWords(progress: Progress): string {
  switch (progress.is) {
    case "waiting":
      return t("phone-waiting");
    case "sending":
      return progress.share < 1 ? t("phone-sending", { percent: Math.round(progress.share * 100) }) : t("phone-checking");
    case "cut":
      return t("phone-cut");
    case "stored":
      return `✓ ${t("phone-stored", { pages: progress.pages })}`;
    case "refused":
      return `✗ ${t(progress.code)}`;
    default:
      return progress satisfies never;
  }
}

function moved(one: Sent): void {
  const item = rows.get(one.id);
  if (item) fill(item, one);
  if (one.progress.is !== "sending" && one.progress.is !== "waiting") aside.textContent = inWords(one.progress);
}

function tick(): void {
  const left = sheet.secondsLeft();
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  const place = main.querySelector("[data-left]");
  if (place) place.textContent = clock;
  const { state } = sheet;
  // What is on its way is waited for: the server says itself when it is too late.
  const moving = sheet.files.some((one) => one.file);
  if (state.is === "open" && state.about.signing?.stage === "signed") return;
  if ((state.is === "open" || state.is === "done") && left === 0 && !moving) sheet.close("phone-expired");
}

// A newer square that is opened in this tab changes what is behind the # alone.
window.addEventListener("hashchange", () => location.hash.length > 1 && location.reload());
window.addEventListener("beforeunload", (event) => sheet.files.some((one) => one.file) && event.preventDefault());
speak(guess(navigator.languages));
changed();
window.setInterval(tick, 1000);
window.setInterval(() => {
  if (sheet.state.is === "open" && sheet.state.about.signing && !signing.busy) void sheet.refresh();
}, ASK_EVERY);
void sheet.begin();
