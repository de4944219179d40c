/** Talks to the server; answers are facts, never raw errors. */
import type { Language } from "../../protocol";

/** What a signer who is elsewhere is to do now. */
export interface Signing {
  readonly stage: "identity" | "checking" | "waiting" | "sign" | "signed" | "refused";
  readonly role: Readonly<Record<string, string>>;
  readonly name: string;
  readonly last: boolean;
  readonly reason: string;
  readonly sha256: string;
  readonly pages: number;
}

export interface About {
  readonly signing: Signing | null;
  readonly language: Language;
  readonly office: string;
  readonly ticket: string;
  readonly item: Readonly<Record<string, string>>;
  readonly paper: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly largest: number;
  readonly most_pages: number;
}

export type Answer =
  | { readonly is: "stored"; readonly pages: number }
  | { readonly is: "refused"; readonly code: string }
  | { readonly is: "later" }
  | { readonly is: "cut"; readonly fault: boolean };

/** Milliseconds without a byte after which the line is taken for dead. */
const STALLED = 15_000;
/** The same once all is sent: the server opens the file, and others wait before it. */
const ANSWERED = 60_000;

export class Closed extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

/** Opens the page with the token of the QR code; said again with the same secret, again. */
export function open(token: string, secret: string, cut: () => void, kind: "Phone" | "Code" = "Phone"): Promise<About> {
  const headers = { Authorization: `${kind} ${token}`, "Content-Type": "application/json" };
  return about({ method: "POST", headers, body: JSON.stringify({ secret }) }, cut);
}

export function look(secret: string, cut: () => void): Promise<About> {
  return about({ headers: { Authorization: `Phone ${secret}` } }, cut);
}

/** Asks until there is an answer; `cut` hears of every time there was none. */
async function about(init: RequestInit, cut: () => void, path = ""): Promise<About> {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const response = await fetch(`/api/phone${path}`, { ...init, credentials: "omit", cache: "no-store" });
      if (response.ok) return (await response.json()) as About;
      if (response.status < 500 && response.status !== 429) throw new Closed(codeIn(await response.text()));
    } catch (error) {
      if (error instanceof Closed) throw error;
    }
    cut();
    await new Promise((done) => window.setTimeout(done, wait));
  }
}

/** Says something about the signature; asked again with the same body until there is an answer. */
export function say(what: "signature" | "refusal", body: object, secret: string, cut: () => void): Promise<About> {
  const headers = { Authorization: `Phone ${secret}`, "Content-Type": "application/json" };
  return about({ method: "POST", headers, body: JSON.stringify(body) }, cut, `/${what}`);
}

/** Returns a page of what is to be signed, for a picture's address. */
export async function pageOf(page: number, sha256: string, secret: string): Promise<string> {
  const headers = { Authorization: `Phone ${secret}` };
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const response = await fetch(`/api/phone/application/${page}.png?sha256=${sha256}`, { headers, credentials: "omit", cache: "no-store" });
      if (response.ok) return await asAddress(await response.blob());
      if (response.status < 500 && response.status !== 429) return "";
    } catch {
      // Asked again below: the line may be back.
    }
    await new Promise((done) => window.setTimeout(done, wait));
  }
}

function asAddress(picture: Blob): Promise<string> {
  const reader = new FileReader();
  return new Promise((done) => {
    reader.onload = () => done(String(reader.result));
    reader.readAsDataURL(picture);
  });
}

/** Sends one file; `id` makes sending it again after a cut harmless. */
export function send(file: File, id: string, secret: string, progress: (share: number) => void): Promise<Answer> {
  // fetch cannot say how far an upload is.
  const request = new XMLHttpRequest();
  return new Promise((done) => {
    request.open("PUT", "/api/phone/files");
    request.setRequestHeader("Authorization", `Phone ${secret}`);
    request.setRequestHeader("X-File", id);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    let patience = 0;
    const wait = (milliseconds: number): void => {
      window.clearTimeout(patience);
      patience = window.setTimeout(() => request.abort(), milliseconds);
    };
    const end = (answer: Answer): void => {
      window.clearTimeout(patience);
      done(answer);
    };
    request.upload.onprogress = (at) => {
      progress(at.lengthComputable ? at.loaded / at.total : 0);
      wait(at.loaded < at.total ? STALLED : ANSWERED);
    };
    request.onerror = request.onabort = () => end({ is: "cut", fault: false });
    request.onload = () => end(answerIn(request.status, request.responseText));
    request.send(file);
    wait(STALLED);
  });
}

function answerIn(status: number, text: string): Answer {
  if (status === 200) {
    const pages = fieldOf(text, "pages");
    return { is: "stored", pages: typeof pages === "number" ? pages : 1 };
  }
  const code = codeIn(text);
  if (code === "phone-too-fast" || code === "changed-meanwhile") return { is: "later" };
  // A proxy that lost the server says 502; a server that has lost its store says 500.
  return status >= 500 ? { is: "cut", fault: status === 500 } : { is: "refused", code };
}

function codeIn(text: string): string {
  const code = fieldOf(text, "code");
  return typeof code === "string" ? code : "internal";
}

function fieldOf(text: string, name: string): unknown {
  try {
    return (JSON.parse(text) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
