/** Where a session stands when several films play together. */
export interface Film {
  readonly name: string;
  readonly offset: number;
  readonly seconds: number;
}
export interface Source {
  readonly name: string;
  readonly coverage: number;
  readonly films: readonly Film[];
  readonly gaps: readonly { readonly begins: number; readonly ends: number }[];
}
export interface Recording {
  readonly call: string;
  readonly item: string;
  readonly number: string;
  readonly clerk: string;
  readonly began: number;
  readonly seconds: number;
  readonly state: string;
  readonly sources: readonly Source[];
}
export interface Step {
  readonly at: number;
  readonly kind: string;
  readonly by: string;
}

/** Returns where a film must stand when the session stands at `now`. */
export function within(film: Film, now: number): number {
  return Math.min(Math.max(0, now - film.offset), film.seconds);
}

/** Returns the steps that lie inside the session, as fractions of its length. */
export function marks(recording: Recording, steps: readonly Step[]): { readonly step: Step; readonly at: number }[] {
  const length = Math.max(recording.seconds, 0.001);
  return steps
    .map((step) => ({ step, at: (step.at - recording.began) / length }))
    .filter(({ at }) => at >= -0.02 && at <= 1.02)
    .map(({ step, at }) => ({ step, at: Math.min(1, Math.max(0, at)) }));
}

/** Returns 0:05 for 5. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
