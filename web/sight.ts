/** What the document camera sees, as long as it is true, and said calmly. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";
import type { PaperSeen } from "./protocol";

/** Milliseconds after which what was seen is old: the paper may lie elsewhere. */
export const FRESH = 2000;
/** Milliseconds for which a hint stays, so that it can be read or heard to its end. */
export const CALM = 2000;

/** Returns the corners as points of an SVG polygon; nothing unless there are four. */
export function outline(corners: readonly (readonly [number, number])[], width: number, height: number): string {
  if (corners.length !== 4) return "";
  return corners.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`).join(" ");
}

/** Returns in how many milliseconds a hint of ``since`` may be followed by another. */
export function rest(since: number, now: number): number {
  return Math.max(0, since + CALM - now);
}

/** Holds what was seen last, and nothing once it is old. */
export function fresh(seen: () => PaperSeen | null): ShallowRef<PaperSeen | null> {
  const held = shallowRef<PaperSeen | null>(null);
  let timer = 0;
  const stop = (): void => window.clearTimeout(timer);
  watch(
    seen,
    (now) => {
      stop();
      held.value = now;
      if (now) timer = window.setTimeout(() => (held.value = null), FRESH);
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return held;
}
