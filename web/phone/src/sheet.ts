/** What the page knows. No DOM here. */
import { Closed, look, newSecret, open, send, type About } from "./send";

export type State =
  | { readonly is: "opening"; readonly cut: boolean }
  | { readonly is: "closed"; readonly code: string }
  | { readonly is: "open"; readonly about: About; readonly ends: number }
  | { readonly is: "done"; readonly about: About; readonly ends: number };

export type Progress =
  | { readonly is: "waiting" }
  | { readonly is: "sending"; readonly share: number }
  | { readonly is: "cut" }
  | { readonly is: "stored"; readonly pages: number }
  | { readonly is: "refused"; readonly code: string };

export interface Sent {
  readonly id: string;
  readonly name: string;
  /** The number of a photograph; 0 for a file, which has a name. */
  readonly photo: number;
  file: File | null;
  progress: Progress;
}

const KEPT = "phone";
/** The token with which the page is being opened, until it is. */
const TOKEN = "phone-token";
/** How often a file is sent with which the server finds no way. */
const FAULTS = 4;
/** How the address begins that a clerk gives to a signer who is elsewhere. */
const SIGN = "#sign-";
/** Codes after which nothing more can be sent. */
const FINAL = new Set(["phone-expired", "phone-ended", "phone-used", "phone-full"]);

export class Sheet {
  state: State = { is: "opening", cut: false };
  readonly files: Sent[] = [];
  secret = "";
  /** The page was opened with a signer's link. */
  signer = false;
  private busy = false;
  private asking = false;

  constructor(
    private readonly changed: () => void,
    private readonly moved: (file: Sent) => void,
    /** Hears when nothing answers, and when something does again. */
    readonly line: (up: boolean) => void,
  ) {}

  /** Gets in: with the token behind the #, or, loaded again, with what is kept. */
  async begin(): Promise<void> {
    this.signer = location.hash.startsWith(SIGN);
    const token = location.hash.slice(this.signer ? SIGN.length : 1);
    const kept = recall();
    try {
      const about = await (token ? this.enter(token) : this.return(kept));
      this.opened(about);
    } catch (error) {
      this.close(error instanceof Closed ? error.code : "internal");
    }
  }

  /** What the server says now: of a signer it changes while the page is open. */
  opened(about: About): void {
    this.signer = about.signing !== null;
    this.become({ is: "open", about, ends: performance.now() + about.seconds * 1000 });
  }

  /** Asks how the signing stands; draws nothing anew while nothing has changed. */
  async refresh(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const about = await look(this.secret, () => this.line(false));
      const before = this.state.is === "open" ? JSON.stringify(this.state.about.signing) : "";
      if (this.state.is === "open" && JSON.stringify(about.signing) !== before) this.opened(about);
    } catch (error) {
      const signed = this.state.is === "open" && this.state.about.signing?.stage === "signed";
      // Whoever has signed is told so, also once the visit is over.
      if (!signed) this.close(error instanceof Closed ? error.code : "internal");
    } finally {
      this.asking = false;
      this.line(true);
    }
  }

  private async enter(token: string): Promise<About> {
    // Loaded again before there was an answer, it is the same phone that asks.
    const before = recall(TOKEN) === token ? recall() : "";
    this.secret = before || newSecret();
    keep(this.secret);
    keep(token, TOKEN);
    const about = await open(token, this.secret, () => this.cut());
    keep("", TOKEN);
    // Out of the address bar: nobody copies it, and loading again uses the secret.
    history.replaceState(null, "", location.pathname);
    return about;
  }

  /** Gets in with the code that the clerk has read out; says whether that opened it. */
  async type(code: string): Promise<boolean> {
    const secret = newSecret();
    try {
      const about = await open(code.replace(/[^0-9a-z]/gi, ""), secret, () => this.line(false), "Code");
      this.secret = secret;
      keep(secret);
      this.opened(about);
      return true;
    } catch (error) {
      if (!(error instanceof Closed)) throw error;
      return false;
    } finally {
      this.line(true);
    }
  }

  private return(kept: string): Promise<About> {
    if (!kept) throw new Closed("phone-no-code");
    this.secret = kept;
    return look(kept, () => this.cut());
  }

  private cut(): void {
    this.become({ is: "opening", cut: true });
  }

  secondsLeft(): number {
    if (this.state.is !== "open" && this.state.is !== "done") return 0;
    return Math.max(0, Math.ceil((this.state.ends - performance.now()) / 1000));
  }

  finish(over: boolean): void {
    if (this.state.is === "open" && over) this.become({ ...this.state, is: "done" });
    else if (this.state.is === "done" && !over) this.become({ ...this.state, is: "open" });
  }

  close(code: string): void {
    for (const one of this.files.filter((each) => each.file)) {
      one.file = null;
      one.progress = { is: "refused", code };
    }
    this.become({ is: "closed", code });
  }

  add(file: File, photographed: boolean): void {
    if (this.state.is !== "open") return;
    const photo = photographed ? this.files.filter((one) => one.photo).length + 1 : 0;
    const tooLarge = file.size > this.state.about.largest;
    const progress: Progress = tooLarge ? { is: "refused", code: "upload-too-large" } : { is: "waiting" };
    this.files.unshift({ id: newSecret(), name: file.name, photo, file: tooLarge ? null : file, progress });
    this.changed();
    const added = this.files[0];
    if (tooLarge && added) this.moved(added);
    void this.work();
  }

  /** Sends one file after the other, each until there is an answer. */
  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.next(); next; next = this.next()) await this.deliver(next);
    this.busy = false;
  }

  private next(): Sent | undefined {
    return this.files.filter((one) => one.file && one.progress.is === "waiting").at(-1);
  }

  private async deliver(one: Sent): Promise<void> {
    const note = (progress: Progress): void => {
      one.progress = progress;
      this.moved(one);
    };
    let faults = 0;
    for (let wait = 1000; one.file; wait = Math.min(wait * 2, 8000)) {
      note({ is: "sending", share: 0 });
      const answer = await send(one.file, one.id, this.secret, (share) => note({ is: "sending", share }));
      if (answer.is === "cut" && answer.fault) faults += 1;
      if ((answer.is === "cut" || answer.is === "later") && faults < FAULTS && this.secondsLeft() > 0) {
        if (answer.is === "cut" && !(await readable(one.file))) {
          one.file = null;
          return note({ is: "refused", code: "file-missing" });
        }
        note({ is: answer.is === "cut" ? "cut" : "waiting" });
        await new Promise((done) => window.setTimeout(done, wait));
        continue;
      }
      one.file = null;
      if (answer.is === "stored") note(answer);
      else if (answer.is === "refused") note({ is: "refused", code: answer.code });
      else note({ is: "refused", code: faults ? "internal" : "phone-expired" });
      if (answer.is === "refused" && FINAL.has(answer.code)) this.close(answer.code);
    }
  }

  private become(state: State): void {
    this.state = state;
    this.changed();
  }
}

/** Whether a file that was chosen is still there. */
async function readable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function recall(what = KEPT): string {
  try {
    return sessionStorage.getItem(what) ?? "";
  } catch {
    return "";
  }
}

function keep(secret: string, what = KEPT): void {
  try {
    if (secret) sessionStorage.setItem(what, secret);
    else sessionStorage.removeItem(what);
  } catch {
    // A phone that keeps nothing can still send; it cannot load the page again.
  }
}
