/** Draws the page. Words of others are only ever text, never markup. */
import "./check.css";
import type { Language } from "../../protocol";
import { guess, LANGUAGES, speak, spoken, t } from "../../plain";
import { fromList, kept, published, type Published, status, type Status } from "./office.ts";
import { readPicture, seen } from "./picture.ts";
import { check, type Claims, type Verdict } from "./token.ts";

type State =
  | { readonly is: "asking"; readonly why: string }
  | { readonly is: "reading" }
  | { readonly is: "keeping"; readonly token: string; readonly told: Told; readonly sm2: boolean }
  | { readonly is: "looking"; readonly stream: MediaStream }
  | { readonly is: "told"; readonly verdict: Verdict; readonly now: string };
/** What became of the last file; nothing yet if the key is empty. */
type Told = { readonly key: string; readonly name: string; readonly bad: boolean };
type Child = Node | string;

const NOTHING_YET: Told = { key: "", name: "", bad: false };
/** The licence in its forms, as files. */
const FORMS = { credential: "licence.vc.jwt", pdf: "licence.pdf", sm2: "licence.pdf.sm2" } as const;

const header = document.querySelector("header") as HTMLElement;
const main = document.querySelector("main") as HTMLElement;
let state: State = { is: "asking", why: "" };
let office: Published | null = null;
let camera = false;

function el(tag: string, marks: Readonly<Record<string, string>>, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(marks)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function go(next: State): void {
  if (state.is === "looking" && next.is !== "looking") for (const track of state.stream.getTracks()) track.stop();
  state = next;
  draw();
  main.querySelector<HTMLElement>("h1")?.focus();
}

function draw(): void {
  document.title = `${t("lic-title")} · ${office?.keys.issuer ?? t("product")}`;
  header.replaceChildren(el("strong", {}, office?.keys.issuer ?? t("product")), languages());
  main.replaceChildren(...screen());
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

function screen(): Child[] {
  switch (state.is) {
    case "asking":
      return asking(state.why);
    case "keeping":
      return keeping(state.token, state.told, state.sm2);
    case "reading":
      return [heading("lic-reading"), el("progress", { "aria-label": t("lic-reading") })];
    case "looking":
      return looking(state.stream);
    case "told":
      return told(state.verdict, state.now);
    default:
      return state satisfies never;
  }
}

function heading(key: string, kind = ""): HTMLElement {
  return el("h1", { tabindex: "-1", class: kind }, t(key));
}

function asking(why: string): Child[] {
  return [
    heading("lic-title"),
    ...(why ? [el("p", { class: "why", role: "alert", "data-code": why }, t(why))] : []),
    el("p", {}, t("lic-lead")),
    ...(camera ? [button("lic-camera", "main", () => void look())] : []),
    chooser(),
    byText(),
    ...(office?.online ? [byNumber()] : []),
    ...(office?.online ? [el("p", {}, el("a", { href: "offline.html", download: "licence-check.html" }, t("lic-save")))] : []),
    ...(office?.online ? [el("p", {}, el("a", { href: "keys.json" }, t("lic-keys")))] : []),
  ];
}

function button(key: string, kind: string, act: () => void): HTMLElement {
  const made = el("button", { type: "button", class: `button ${kind}`, "data-act": key }, t(key));
  made.addEventListener("click", act);
  return made;
}

function chooser(): HTMLElement {
  const input = el("input", { type: "file", accept: "image/*", "data-act": "lic-picture" }) as HTMLInputElement;
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) void readFile(file);
  });
  return el("label", { class: `button ${camera ? "second" : "main"}` }, t("lic-picture"), input);
}

function byText(): HTMLElement {
  const area = el("textarea", { rows: "4", maxlength: "600", spellcheck: "false", "aria-label": t("lic-text") }) as HTMLTextAreaElement;
  const form = el("form", {}, area, el("button", { class: "button second", "data-act": "lic-check" }, t("lic-check")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (area.value.trim()) void tell(area.value);
  });
  return el("details", {}, el("summary", {}, t("lic-text")), form);
}

function byNumber(): HTMLElement {
  const marks = { inputmode: "numeric", autocomplete: "off", maxlength: "20", "aria-label": t("lic-number"), "data-number": "" };
  const field = el("input", marks) as HTMLInputElement;
  const answer = el("div", { role: "status", "data-status": "" });
  const form = el("form", {}, el("p", {}, t("lic-status-hint")), field, el("button", { class: "button second" }, t("lic-show")), answer);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void status({ number: field.value }).then((found) => answer.replaceChildren(...life(found)));
  });
  return el("details", {}, el("summary", {}, t("lic-status")), form);
}

function life(found: Status): Child[] {
  if (found.is === "failed") return [el("p", { class: "why", "data-code": found.code }, t(found.code))];
  const rows: [string, string][] = [
    ["lic-kind", found.title],
    ["lic-issued", day(found.issued)],
    ["lic-until", found.ends ? day(found.ends - 1) : t("lic-no-end")],
  ];
  const steps = found.history.map((one) => el("li", {}, `${day(one.at)} · ${t(`lic-step-${one.step}`)}`));
  return [
    el("p", { class: `verdict ${found.standing === "in-force" ? "good" : "bad"}` }, t(`standing-${found.standing}`)),
    list(rows),
    ...(steps.length ? [el("h2", {}, t("lic-life")), el("ul", {}, ...steps)] : []),
  ];
}

/** What the square at a Citizen's Window leads to: the licence, as a file to keep. */
function keeping(token: string, told: Told, sm2: boolean): Child[] {
  const kind = told.bad ? "why" : "verdict good";
  return [
    heading("lic-keep"),
    el("p", {}, t("lic-keep-lead")),
    ...(told.key ? [el("p", { class: kind, role: "status", "data-keep": told.key }, t(told.key, { name: told.name }))] : []),
    button("lic-keep-save", "main", () => void keep(token, "credential", sm2)),
    ...(sm2
      ? [
          el("p", {}, t("lic-keep-sm2-lead")),
          button("lic-keep-pdf", "second", () => void keep(token, "pdf", sm2)),
          button("lic-keep-sm2", "second", () => void keep(token, "sm2", sm2)),
        ]
      : []),
    button("lic-title", "second", () => go({ is: "asking", why: "" })),
  ];
}

async function keep(token: string, form: keyof typeof FORMS, sm2: boolean): Promise<void> {
  const found = await kept(token, form);
  const name = FORMS[form];
  if (found.is === "failed") return go({ is: "keeping", token, told: { key: found.code, name, bad: true }, sm2 });
  const link = URL.createObjectURL(found.file);
  const anchor = el("a", { href: link, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(link), 60_000);
  go({ is: "keeping", token, told: { key: "lic-keep-done", name, bad: false }, sm2: sm2 || found.alsoSm2 });
}

function looking(stream: MediaStream): Child[] {
  const video = el("video", { playsinline: "", muted: "", autoplay: "" }) as HTMLVideoElement;
  video.srcObject = stream;
  return [heading("lic-title"), video, button("lic-stop", "second", () => go({ is: "asking", why: "" }))];
}

/** Looks through the camera until there is a code, or somebody has seen enough. */
async function look(): Promise<void> {
  try {
    go({ is: "looking", stream: await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: 1920 } }) });
  } catch {
    return go({ is: "asking", why: "lic-no-camera" });
  }
  while (state.is === "looking") {
    const video = main.querySelector("video");
    const code = video ? await seen(video) : null;
    if (code) return tell(code);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

async function readFile(file: File): Promise<void> {
  go({ is: "reading" });
  const code = await readPicture(file);
  if (code) return tell(code);
  go({ is: "asking", why: "lic-nothing-seen" });
}

async function tell(code: string): Promise<void> {
  if (!globalThis.crypto?.subtle) return go({ is: "asking", why: "lic-cannot" });
  if (!office) return go({ is: "asking", why: "line-down" });
  const verdict = await check(code, office.keys, await fromList(office), Date.now() / 1000);
  go({ is: "told", verdict, now: "" });
}

function told(verdict: Verdict, now: string): Child[] {
  const again = button("lic-again", "second", () => go({ is: "asking", why: "" }));
  const sign = verdict.is === "good" ? "✓ " : verdict.is === "unknown" ? "? " : "✗ ";
  const kind = verdict.is === "good" ? "good" : verdict.is === "unknown" ? "unsure" : "bad";
  const title = el("h1", { tabindex: "-1", class: `verdict ${kind}`, "data-verdict": verdict.is }, sign + t(`lic-${verdict.is}`));
  if (verdict.is === "bad") return [title, el("p", { class: "why" }, t("lic-bad-more")), again];
  const why =
    verdict.is === "unknown" ? t(`lic-${verdict.why}`) : verdict.is === "withdrawn" ? t(`standing-${verdict.standing}`) : verdict.is === "early" ? t("lic-early-more") : "";
  return [
    title,
    ...(why ? [el("p", { class: "why" }, why)] : []),
    el("p", {}, t("lic-compare")),
    claimed(verdict.claims),
    ...(verdict.is === "unknown" ? [] : [el("p", { class: "hint" }, t("lic-made", { day: day(verdict.made) }))]),
    ...(now ? [el("p", { role: "status", "data-now": "" }, now)] : []),
    ...(office?.online ? [button("lic-ask", "second", () => void askNow(verdict))] : []),
    again,
  ];
}

async function askNow(verdict: Exclude<Verdict, { is: "bad" }>): Promise<void> {
  const found = await status({ mark: verdict.claims.mark });
  const now = found.is === "failed" ? t(found.code) : t("lic-now", { standing: t(`standing-${found.standing}`) });
  go({ is: "told", verdict, now });
}

function claimed(claims: Claims): HTMLElement {
  return list([
    ["lic-kind", claims.title],
    ["lic-holder", claims.holder],
    ["lic-number", claims.number],
    ["lic-copy", t(`lic-${claims.kind}`, { n: claims.copy })],
    ["lic-issuer", claims.issuer],
    ["lic-issued", day(claims.issued)],
    ["lic-until", claims.expires ? day(claims.expires - 1) : t("lic-no-end")],
  ]);
}

function list(rows: readonly (readonly [string, string])[]): HTMLElement {
  return el("dl", {}, ...rows.flatMap(([key, value]) => [el("dt", {}, t(key)), el("dd", {}, el("bdi", {}, value))]));
}

/** The day in the time of Hong Kong, Macau and the mainland, as it stands on the sheet. */
function day(seconds: number): string {
  return new Date((seconds + 8 * 3600) * 1000).toISOString().slice(0, 10);
}

async function begin(): Promise<void> {
  speak(guess(navigator.languages));
  const token = /^#keep=([0-9a-f]{32})$/.exec(location.hash)?.[1];
  // What opens the licence is in no history, and on no screenshot of the address.
  if (token) history.replaceState(null, "", location.pathname);
  if (token) state = { is: "keeping", token, told: NOTHING_YET, sm2: false };
  draw();
  office = await published();
  camera = !!(await navigator.mediaDevices?.enumerateDevices().catch(() => []))?.some((one) => one.kind === "videoinput");
  if (!office && !token) state = { is: "asking", why: "line-down" };
  draw();
}

void begin();
