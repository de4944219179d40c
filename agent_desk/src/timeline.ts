/** Where a session stands when several films play together, and what happened when. */
import type { ChatLine, Leg, Phrase, Point } from "@counter/web/protocol";

export interface Film {
  readonly name: string;
  readonly offset: number;
  readonly seconds: number;
}
export interface Gap {
  readonly begins: number;
  readonly ends: number;
  readonly kind: string;
  readonly reason: string;
}
export interface Source {
  readonly name: string;
  readonly coverage: number;
  readonly films: readonly Film[];
  readonly gaps: readonly Gap[];
}
export interface Recording {
  readonly call: string;
  readonly item: string;
  readonly number: string;
  readonly clerk: string;
  readonly began: number;
  readonly seconds: number;
  readonly state: string;
  readonly coverage: number;
  readonly sources: readonly Source[];
  readonly kept_until: number;
  readonly held: boolean;
  readonly deletion: { readonly at: number; readonly item: string; readonly days: number } | null;
}
/** What the server tells: an event of the session, or an entry of the evidence log. */
export interface Told {
  readonly from: "event" | "entry";
  readonly at: number;
  readonly kind: string;
  readonly by: string;
  readonly facts: Readonly<Record<string, string>>;
}
/** The same on the session's clock; gaps of the films are among them. */
export interface Happening {
  readonly at: number;
  readonly group: Group;
  readonly from: "event" | "entry";
  readonly kind: string;
  readonly by: string;
  readonly facts: Readonly<Record<string, string>>;
}

export const GROUPS = ["steps", "screen", "scans", "signature", "chat", "link", "gaps", "keeping"] as const;
export type Group = (typeof GROUPS)[number];

const GROUP_OF: Readonly<Record<string, Group>> = {
  shown: "screen",
  language: "screen",
  "larger-text": "screen",
  touched: "screen",
  "marks-dropped": "screen",
  "page-refused": "scans",
  "material-stored": "scans",
  "original-stored": "scans",
  signature: "signature",
  chat: "chat",
  "link-quality": "link",
  "leg-up": "link",
  "leg-down": "link",
  gap: "gaps",
  held: "keeping",
  released: "keeping",
  "recording-held": "keeping",
  "recording-released": "keeping",
  "recording-stored": "keeping",
  "recording-watched": "keeping",
};

/** Returns where a film must stand when the session stands at `now`. */
export function within(film: Film, now: number): number {
  return Math.min(Math.max(0, now - film.offset), film.seconds);
}

/** Says whether a film has pictures at `now`. */
export function covers(film: Film, now: number): boolean {
  return now >= film.offset && now < film.offset + film.seconds;
}

/** Returns everything that happened, in order, on the clock of the session. */
export function happenings(recording: Recording, told: readonly Told[]): Happening[] {
  const noted = told.map((one): Happening => ({
    ...one,
    at: one.at - recording.began,
    group: GROUP_OF[one.kind] ?? "steps",
  }));
  const gaps = recording.sources.flatMap((source) =>
    source.gaps.map((gap): Happening => ({
      at: gap.begins,
      group: "gaps",
      from: "event",
      kind: "gap",
      by: source.name,
      facts: { reason: gap.reason, seconds: (gap.ends - gap.begins).toFixed(1) },
    })),
  );
  return [...noted, ...gaps].sort((a, b) => a.at - b.at);
}

/** Returns the part of the session at which something happened, 0 to 1. */
export function share(recording: Recording, at: number): number {
  return Math.min(1, Math.max(0, at / Math.max(recording.seconds, 0.001)));
}

/** Returns what the latest event of a kind says at `now`. */
export function latest(all: readonly Happening[], kind: string, now: number): Happening | undefined {
  return all.filter((one) => one.kind === kind && one.at <= now).at(-1);
}

/** Returns what had been written by `now`. */
export function chatUntil(all: readonly Happening[], now: number): ChatLine[] {
  return all
    .filter((one) => one.kind === "chat" && one.at <= now)
    .map((one) => ({
      at: one.at,
      by: one.by as Leg,
      text: one.facts["text"] ?? "",
      phrase: (one.facts["phrase"] ?? null) as Phrase | null,
    }));
}

/** Returns the strokes of a signature as far as they were drawn at `now`, as SVG points. */
export function drawn(signature: Happening, now: number): string[] {
  const strokes = JSON.parse(signature.facts["strokes"] ?? "[]") as Point[][];
  const elapsed = (now - signature.at) * 1000;
  return strokes
    .map((stroke) => stroke.filter((point) => point.t <= elapsed).map((point) => `${point.x},${point.y}`).join(" "))
    .filter((points) => points);
}

/** Returns the box that holds a signature, as an SVG viewBox. */
export function boxOf(signature: Happening): string {
  const points = (JSON.parse(signature.facts["strokes"] ?? "[]") as Point[][]).flat();
  if (!points.length) return "0 0 1 1";
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const [left, top] = [Math.min(...xs) - 10, Math.min(...ys) - 10];
  return `${left} ${top} ${Math.max(...xs) - left + 10} ${Math.max(...ys) - top + 10}`;
}

/** Returns 0:05 for 5. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
