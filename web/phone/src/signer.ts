/** The page of a signer who is elsewhere: who they are, every page, their name. */
import type { Refusal } from "../../protocol";
import { own, t } from "../../plain";
import { ReadingTime } from "../../reading";
import { Pen } from "../../strokes";
import { button, el, type Child } from "./elements";
import { Closed, newSecret, pageOf, say, type About, type Signing } from "./send";
import type { Sheet } from "./sheet";

const REASONS: readonly Refusal[] = ["wrong", "unclear", "later", "other"];
const CODES_SHOWN = /^(reason-|page-|file-|paper-from-link)/;
/** A share of the window: how far one touch on "further" goes. */
const FURTHER = 0.7;

export class SignerPage {
  /** Something is on its way: the page is not asked about meanwhile. */
  busy = false;
  private step: "read" | "write" | "refuse" = "read";
  private wide = false;
  private trouble = "";
  private shown = "";
  private pages: string[] = [];
  private reading = new ReadingTime();
  private watchers: IntersectionObserver[] = [];
  private pen: Pen | null = null;
  private counting = 0;

  constructor(
    private readonly sheet: Sheet,
    private readonly draw: () => void,
  ) {}

  screen(about: About, signing: Signing, choices: () => Child[]): Child[] {
    this.forget();
    switch (signing.stage) {
      case "identity":
        return [heading("cosign-title"), this.what(about, signing), note("cosign-identity"), ...this.why(signing), ...choices()];
      case "checking":
        return [heading("cosign-checking"), this.what(about, signing), note("cosign-open")];
      case "waiting":
        return [heading("cosign-waiting"), this.what(about, signing), note("cosign-open")];
      case "refused":
        return [heading("cosign-refused"), note("cosign-refused-then")];
      case "signed":
        return [heading("cosign-signed"), note("cosign-signed-then")];
      case "sign":
        return this.signing(about, signing);
      default:
        return signing.stage satisfies never;
    }
  }

  private what(about: About, signing: Signing): HTMLElement {
    const who = [own(signing.role), signing.name].filter(Boolean).join(" ");
    return el(
      "dl",
      {},
      ...[el("dt", {}, t("cosign-what")), el("dd", { class: "paper" }, own(about.item))],
      ...[el("dt", {}, t("cosign-as")), el("dd", { "data-signer": "" }, who)],
      ...[el("dt", {}, t("phone-office")), el("dd", {}, about.office)],
      ...[el("dt", {}, t("phone-time")), el("dd", {}, el("span", { role: "timer", "data-left": "" }))],
    );
  }

  private why(signing: Signing): Child[] {
    return CODES_SHOWN.test(signing.reason) ? [el("p", { class: "why", role: "alert" }, t(signing.reason))] : [];
  }

  private signing(about: About, signing: Signing): Child[] {
    if (this.shown !== signing.sha256) this.begin(signing);
    const trouble = this.trouble ? [el("p", { class: "why", role: "alert" }, t(this.trouble))] : [];
    if (this.step === "refuse") return [heading("why-not-sign"), ...trouble, ...this.reasons(signing)];
    if (this.step === "write") return [heading("sign-here"), note("declared-now-sign"), ...trouble, ...this.writing(signing)];
    return [heading("cosign-read"), this.what(about, signing), note("read-all-pages"), ...trouble, ...this.readable(signing)];
  }

  private begin(signing: Signing): void {
    this.shown = signing.sha256;
    this.step = "read";
    this.trouble = "";
    this.pages = [];
    this.reading = new ReadingTime();
    void this.load(signing);
  }

  private async load(signing: Signing): Promise<void> {
    const numbers = Array.from({ length: signing.pages }, (_, at) => at + 1);
    const pages = await Promise.all(numbers.map((page) => pageOf(page, signing.sha256, this.sheet.secret)));
    if (this.shown !== signing.sha256) return;
    this.pages = pages;
    this.draw();
  }

  private readable(signing: Signing): Child[] {
    if (!this.pages.length) return [note("phone-opening")];
    const seen = el("p", { role: "status" });
    const act = el("div", {});
    const size = button(this.wide ? "cosign-smaller" : "cosign-larger", "second", () => {
      this.wide = !this.wide;
      this.draw();
    });
    const holder = el("div", { class: this.wide ? "pages wide" : "pages", tabindex: "0", role: "region", "aria-label": t("application") });
    this.pages.forEach((address, at) => holder.append(...this.page(address, at + 1, signing.pages)));
    const tell = (): void => {
      const done = this.reading.finished(performance.now());
      seen.textContent = t("pages-seen", { n: done, of: signing.pages });
      const ready = done === signing.pages;
      if (act.dataset["ready"] === String(ready)) return;
      act.dataset["ready"] = String(ready);
      act.replaceChildren(ready ? button("declare", "main", () => this.turn("write")) : button("further", "main", further));
    };
    this.counting = window.setInterval(tell, 200);
    tell();
    const declared = el("p", { class: "declared" }, t("paper-declaration-many"));
    return [size, holder, seen, declared, act, button("do-not-sign", "second", () => this.turn("refuse"))];
  }

  private page(address: string, page: number, of: number): HTMLElement[] {
    const picture = el("img", { src: address, alt: t("page-n-of", { n: page, of }) });
    const end = el("div", { class: "page-end" });
    const now = (): number => performance.now();
    const watcher = new IntersectionObserver((seen) => this.reading.turn(page, seen.at(-1)?.isIntersecting ?? false, now()), { threshold: 0.1 });
    const ended = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.reading.end(page));
    picture.addEventListener("load", () => {
      watcher.observe(picture);
      ended.observe(end);
    });
    this.watchers.push(watcher, ended);
    return [picture, end];
  }

  private writing(signing: Signing): Child[] {
    const canvas = el("canvas", { class: "signature", width: "1000", height: "560", role: "img", "aria-label": t("sign-here") }) as HTMLCanvasElement;
    const pen = (this.pen = new Pen(canvas));
    const done = button(signing.last ? "sign-and-submit" : "sign-one", "main", () => void this.sign(signing)) as HTMLButtonElement;
    const clear = button("clear", "second", () => {
      pen.clear();
      done.disabled = true;
    });
    done.disabled = true;
    const up = (event: PointerEvent): void => {
      pen.up(event);
      done.disabled = !pen.enough;
    };
    canvas.addEventListener("pointerdown", (event) => pen.down(event));
    canvas.addEventListener("pointermove", (event) => pen.move(event));
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    return [canvas, done, clear, button("do-not-sign", "second", () => this.turn("refuse"))];
  }

  private reasons(signing: Signing): Child[] {
    const made = REASONS.map((reason) => button(`refusal-${reason}`, "second", () => void this.refuse(signing, reason)));
    return [...made, button("back-to-pages", "main", () => this.turn("read"))];
  }

  private turn(step: "read" | "write" | "refuse"): void {
    this.step = step;
    this.draw();
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>("main h1")?.focus();
  }

  private sign(signing: Signing): Promise<void> {
    const pen = this.pen;
    if (!pen) return Promise.resolve();
    const pages = this.reading.seen(performance.now());
    const drawn = { strokes: pen.strokes, began_ago: pen.beganAgo };
    return this.tell("signature", { sha256: signing.sha256, pages, declared: "touch", ...drawn });
  }

  private refuse(signing: Signing, reason: Refusal): Promise<void> {
    return this.tell("refusal", { sha256: signing.sha256, reason });
  }

  /** Says it once, however often it has to be sent. */
  private async tell(what: "signature" | "refusal", said: object): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (const one of document.querySelectorAll<HTMLButtonElement>("main button")) one.disabled = true;
    const status = el("p", { role: "status", "data-signing": "" }, t("signing-one"));
    document.querySelector("main")?.append(status);
    try {
      const about = await say(what, { step: newSecret(), ...said }, this.sheet.secret, () => this.sheet.line(false));
      this.shown = "";
      this.sheet.opened(about);
    } catch (error) {
      this.trouble = error instanceof Closed ? error.code : "internal";
      this.step = "read";
      this.draw();
    } finally {
      this.busy = false;
      status.remove();
      this.sheet.line(true);
    }
  }

  private forget(): void {
    for (const one of this.watchers) one.disconnect();
    this.watchers = [];
    window.clearInterval(this.counting);
    for (let page = 1; page <= this.pages.length; page += 1) this.reading.turn(page, false, performance.now());
  }
}

function heading(key: string): HTMLElement {
  return el("h1", { tabindex: "-1", "data-screen": key }, t(key));
}

function note(key: string): HTMLElement {
  return el("p", {}, t(key));
}

function further(): void {
  window.scrollBy({ top: window.innerHeight * FURTHER });
}
