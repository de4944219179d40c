/** Who receives whom, in the order of the receiving lines; the media worker has the same lists. */
import type { Leg } from "./protocol";

type Lines = { readonly audio: readonly Leg[]; readonly video: readonly Leg[] };

/* A test compares these lists with the worker's: keep them JSON. */
export const RECEIVES: Readonly<Record<Leg, Lines>> = {
  "applicant": { "audio": ["clerk", "expert", "supervisor"], "video": ["clerk", "expert"] },
  "document": { "audio": [], "video": [] },
  "clerk": { "audio": ["applicant", "expert", "supervisor"], "video": ["applicant", "document", "expert"] },
  "expert": { "audio": ["applicant", "clerk", "supervisor"], "video": ["applicant", "clerk", "document"] },
  "supervisor": { "audio": ["applicant", "clerk", "expert"], "video": ["applicant", "clerk", "document", "expert"] }
};

/** A supervisor is a voice at most. */
export const SENDS_NO_PICTURE: ReadonlySet<Leg> = new Set(["supervisor"]);

/** Returns the receiving lines of a leg: all sounds, then all pictures. */
export function receivesOf(leg: Leg): { readonly from: Leg; readonly kind: "audio" | "video" }[] {
  const lines = RECEIVES[leg];
  const sounds = lines.audio.map((from) => ({ from, kind: "audio" as const }));
  return [...sounds, ...lines.video.map((from) => ({ from, kind: "video" as const }))];
}
