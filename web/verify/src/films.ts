/** Whether a film is the one that its recording's manifest names: the twin of `casework/film_check.py`. */
import type { Members } from "./archive";
import { hex, sha256 } from "./log";

const FILM = /^recordings\/([^/]+)\/([^/]+)\.webm$/;

interface Segment {
  readonly sha256: string;
  readonly size: number;
  readonly offset: number;
}

export function isFilm(name: string): boolean {
  return FILM.test(name);
}

/** Returns what is wrong with the film `name`; null if nothing is. */
export async function flawOf(name: string, members: Members): Promise<string | null> {
  const [, call, film] = FILM.exec(name) ?? [];
  const segments = segmentsOf(members.get(`recordings/${call}/manifest.json`), film ?? "");
  if (!segments) return "its manifest is missing";
  const data = members.get(name) ?? new Uint8Array();
  let place = 0;
  for (const [number, one] of segments.entries()) {
    const part = data.subarray(place, place + Math.max(one.size, 0));
    if (one.offset !== place || hex(await sha256(part)) !== one.sha256) return `segment ${number}`;
    place += part.length;
  }
  return place === data.length && place > 0 ? null : "another length";
}

function segmentsOf(manifest: Uint8Array | undefined, film: string): readonly Segment[] | null {
  if (!manifest) return null;
  try {
    const found: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(manifest));
    const films = (found as { segments: Record<string, unknown> }).segments;
    const rows = Object.hasOwn(films, film) ? films[film] : [];
    return Array.isArray(rows) && rows.every(isSegment) ? rows : null;
  } catch {
    return null;
  }
}

function isSegment(value: unknown): value is Segment {
  if (typeof value !== "object" || value === null) return false;
  const { sha256: digest, size, offset } = value as Record<string, unknown>;
  return typeof digest === "string" && Number.isSafeInteger(size) && Number.isSafeInteger(offset);
}
