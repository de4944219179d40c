/** What the office publishes: in the page itself when it was saved, else from its server. */
import type { KeySet, Standing } from "./token.ts";

export type Published = {
  readonly keys: KeySet;
  readonly list: Uint8Array | null;
  /** Whether this page came from the office's server just now. */
  readonly online: boolean;
};
export type Status =
  | { readonly is: "failed"; readonly code: string }
  | {
      readonly is: "found";
      readonly title: string;
      readonly standing: Standing | "expired";
      readonly issued: number;
      readonly ends: number;
      readonly history: readonly { readonly step: string; readonly at: number }[];
    };

/** Returns what is published, or null when it cannot be had. */
export async function published(): Promise<Published | null> {
  const own = document.getElementById("published")?.textContent;
  if (own) {
    const { keys, list } = JSON.parse(own) as { keys: KeySet; list: string };
    return { keys, list: Uint8Array.from(atob(list), (one) => one.charCodeAt(0)), online: false };
  }
  try {
    const answer = await fetch("keys.json");
    if (!answer.ok) return null;
    return { keys: (await answer.json()) as KeySet, list: null, online: true };
  } catch {
    return null;
  }
}

/** Returns the list of withdrawn licences: today's, or the one that was saved. */
export async function fromList(office: Published): Promise<Uint8Array | null> {
  if (!office.online) return office.list;
  try {
    const answer = await fetch("withdrawn.cose", { cache: "no-store" });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

/** Asks the office how a licence stands, by its acceptance number or one copy's mark. */
export async function status(asked: { number: string } | { mark: string }): Promise<Status> {
  try {
    const body = JSON.stringify(asked);
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/licence-status", { method: "POST", body, headers });
    const said = (await answer.json()) as { code?: string };
    if (!answer.ok) return { is: "failed", code: said.code ?? "internal" };
    return { is: "found", ...(said as Omit<Extract<Status, { is: "found" }>, "is">) };
  } catch {
    return { is: "failed", code: "line-down" };
  }
}

/** This page's own: who opened a square first may ask again, and nobody else. */
const secret = Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

export type Kept =
  | { readonly is: "failed"; readonly code: string }
  /** `alsoSm2`: the sealed PDF and its SM2 signature can be had as well. */
  | { readonly is: "file"; readonly file: Blob; readonly alsoSm2: boolean };

/** Fetches the licence that a square at a Citizen's Window stands for, in one of its forms. */
export async function kept(token: string, file: "credential" | "pdf" | "sm2"): Promise<Kept> {
  try {
    const body = JSON.stringify({ token, secret, file });
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/licence-credential", { method: "POST", body, headers });
    if (answer.ok) return { is: "file", file: await answer.blob(), alsoSm2: answer.headers.get("Counter-Also-Sm2") === "yes" };
    const said = (await answer.json()) as { code?: string };
    return { is: "failed", code: said.code ?? "internal" };
  } catch {
    return { is: "failed", code: "line-down" };
  }
}
