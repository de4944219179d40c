/** What the screen showed, for the timeline of the recording: names of ours, never what was typed. */
import type { ScreenMark, ScreenMarkKind } from "@counter/web/protocol";

const FLUSH_AFTER = 500;
const MOST_IN_ONE = 20;
const MOST_WAITING = 100;
const PREFIX = "mark-";

interface Waiting {
  readonly kind: ScreenMarkKind;
  readonly name: string;
  readonly at: number;
}

/** Says whether a step is of these notes: the page shows nothing of how they fare. */
export function isMark(step: string | null | undefined): boolean {
  return !!step?.startsWith(PREFIX);
}

export function markStep(step: string): string {
  return PREFIX + step;
}

/** Collects marks and passes them on twice a second; `send` says whether it could. */
export class ScreenNotes {
  private waiting: Waiting[] = [];
  private timer = 0;

  constructor(private readonly send: (marks: ScreenMark[]) => boolean) {}

  note(kind: ScreenMarkKind, name: string): void {
    this.waiting.push({ kind, name, at: performance.now() });
    this.waiting = this.waiting.slice(-MOST_WAITING);
    if (!this.timer) this.timer = window.setTimeout(() => this.flush(), FLUSH_AFTER);
  }

  flush(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    while (this.waiting.length) {
      const now = performance.now();
      const part = this.waiting.slice(0, MOST_IN_ONE);
      const marks = part.map(({ kind, name, at }) => ({ kind, name, ago: Math.min((now - at) / 1000, 3600) }));
      if (!this.send(marks)) return;
      this.waiting = this.waiting.slice(MOST_IN_ONE);
    }
  }

  /** The visit is over: nothing of it is passed on with the next one. */
  forget(): void {
    this.waiting = [];
  }
}
