/** What a clerk does with the pages of a paper, and what is drawn of them. */
import type { MaterialView, PageView, ReadField } from "@counter/web/protocol";

export const REASONS = ["reason-unreadable", "reason-wrong-paper", "reason-incomplete", "reason-expired"] as const;
export type Refusal = (typeof REASONS)[number];

/** From here on a value is called surely read; below it the clerk is asked to look twice. */
export const SURE = 0.9;
/** Height of a page in the units of its crops. */
const HIGH = 1000;
/** Of the height of a line of writing: so much around it is shown too. */
const AROUND = 0.5;

export type Act =
  | "accept"
  | "shoot"
  | "again"
  | "left"
  | "right"
  | "sooner"
  | "later"
  | "turn"
  | "remove"
  | "zoom"
  | "original"
  | "confirm"
  | "edit"
  | "read"
  | "anyway"
  | Refusal;

const KEYS: Readonly<Record<string, Act>> = {
  a: "accept",
  s: "shoot",
  "shift s": "again",
  arrowleft: "left",
  arrowright: "right",
  "shift arrowleft": "sooner",
  "shift arrowright": "later",
  r: "turn",
  delete: "remove",
  z: "zoom",
  o: "original",
  c: "confirm",
  e: "edit",
  g: "read",
  t: "anyway",
  1: REASONS[0],
  2: REASONS[1],
  3: REASONS[2],
  4: REASONS[3],
};

/** Returns what a key means while a paper is on the screen. */
export function actOf(key: string, shift: boolean): Act | null {
  return KEYS[(shift ? "shift " : "") + key.toLowerCase()] ?? null;
}

/** Returns the page beside ``chosen``, or the last one there is in that direction. */
export function beside(pages: readonly PageView[], chosen: string, by: number): string {
  const place = pages.findIndex((one) => one.id === chosen) + by;
  return pages[Math.min(Math.max(place, 0), pages.length - 1)]?.id ?? "";
}

/** Returns what the clerk looks at next: a page that is new, the one chosen, or the first. */
export function chosenAfter(before: readonly string[], pages: readonly PageView[], chosen: string): string {
  const news = pages.find((one) => !before.includes(one.id));
  if (news && before.length) return news.id;
  if (pages.some((one) => one.id === chosen)) return chosen;
  const gap = Math.max(0, before.indexOf(chosen));
  return pages[Math.min(gap, pages.length - 1)]?.id ?? "";
}

/** Whether the clerk may take a page that the terminal refused for ``reason``. */
export function overridable(reason: string): boolean {
  return reason.startsWith("page-");
}

/** How far the machine is with a paper. */
export function progress(pages: readonly PageView[]): "waiting" | "failed" | "read" {
  if (pages.some((one) => !one.sha256 || one.read === "waiting")) return "waiting";
  return pages.some((one) => one.read === "failed") ? "failed" : "read";
}

/** One wanted value: where it was read best, if anywhere. */
export interface Row {
  readonly name: string;
  readonly page: PageView | null;
  readonly read: ReadField | null;
}

/** Returns a row for each wanted value; check digits count more than confidence. */
export function rowsOf(names: readonly string[], pages: readonly PageView[]): Row[] {
  return names.map((name) => {
    const found = pages
      .flatMap((page) => page.fields.map((read) => ({ name, page, read })))
      .filter(({ read }) => read.name === name && (read.text || read.suggestion))
      .sort((a, b) => Number(b.read.verified) - Number(a.read.verified) || b.read.confidence - a.read.confidence);
    return found[0] ?? { name, page: null, read: null };
  });
}

/** Returns what stands in a row: typed, else confirmed, else read. */
export function valueOf(row: Row, typed: Readonly<Record<string, string>>, paper: MaterialView): string {
  return typed[row.name] ?? paper.confirmed[row.name] ?? row.read?.text ?? "";
}

/** Whether every wanted value was confirmed exactly as it stands. */
export function confirmed(values: Readonly<Record<string, string>>, paper: MaterialView): boolean {
  return Object.entries(values).every(([name, value]) => paper.confirmed[name] === value);
}

/** What a clerk did with a row, for an approver, as a key of texts.json. */
export function comparison(row: Row, paper: MaterialView): string {
  const value = paper.confirmed[row.name];
  if (value === undefined) return "value-not-compared";
  if (!value) return "value-none";
  return row.read?.text === value ? "value-confirmed" : "value-by-clerk";
}

/** How sure the machine is of a row, as a key of texts.json. */
export function certainty(read: ReadField | null): string {
  if (!read?.text) return "value-not-found";
  if (read.verified) return "value-verified";
  return read.confidence >= SURE ? "value-sure" : "value-unsure";
}

/** A part of a page as an SVG shows it, turned as the page is. */
export interface Crop {
  readonly viewBox: string;
  readonly transform: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Returns how to show ``place`` of a page: left, top, width, height as shares of it,
 * before it is turned clockwise by ``turns`` quarters. ``ratio`` is width by height.
 */
export function cropOf(place: readonly number[], ratio: number, turns: number): Crop {
  const [left = 0, top = 0, wide = 1, high = 1] = place;
  const [width, height] = [ratio * HIGH, HIGH];
  const around = high < 1 ? AROUND * high * HIGH : 0;
  const x = Math.max(0, left * width - around);
  const y = Math.max(0, top * height - around);
  const w = Math.min(width, (left + wide) * width + around) - x;
  const h = Math.min(height, (top + high) * height + around) - y;
  const boxes = [
    [x, y, w, h],
    [height - y - h, x, h, w],
    [width - x - w, height - y - h, w, h],
    [y, width - x - w, h, w],
  ];
  const turned = [
    "",
    `translate(${height} 0) rotate(90)`,
    `translate(${width} ${height}) rotate(180)`,
    `translate(0 ${width}) rotate(270)`,
  ];
  const quarter = turns % 4;
  const viewBox = (boxes[quarter] ?? []).map((one) => one.toFixed(1)).join(" ");
  return { viewBox, transform: turned[quarter] ?? "", width, height };
}
