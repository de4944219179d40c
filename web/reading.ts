/** How long each page of what is to be signed was on the screen. */
import type { PageSeen } from "./protocol";

/** A page that was there for less was scrolled past, not shown; the server asks for the same. */
export const LEAST_SECONDS = 0.2;

export class ReadingTime {
  private readonly past = new Map<number, number>();
  private readonly since = new Map<number, number>();
  private readonly ended = new Set<number>();

  /** A page came into view or left it; `now` is in milliseconds. */
  turn(page: number, visible: boolean, now: number): void {
    const began = this.since.get(page);
    if (visible && began === undefined) this.since.set(page, now);
    if (visible || began === undefined) return;
    this.past.set(page, (this.past.get(page) ?? 0) + now - began);
    this.since.delete(page);
  }

  /** The lower edge of a page came into view. */
  end(page: number): void {
    this.ended.add(page);
  }

  /** Returns how many pages were there down to their lower edge, and long enough. */
  finished(now: number): number {
    return this.seen(now).filter((one) => one.seconds >= LEAST_SECONDS && this.ended.has(one.page)).length;
  }

  seen(now: number): PageSeen[] {
    const pages = [...new Set([...this.past.keys(), ...this.since.keys()])].sort((one, other) => one - other);
    return pages.map((page) => ({ page, seconds: this.seconds(page, now) }));
  }

  private seconds(page: number, now: number): number {
    const began = this.since.get(page);
    const all = (this.past.get(page) ?? 0) + (began === undefined ? 0 : now - began);
    return Math.round(all / 100) / 10;
  }
}
