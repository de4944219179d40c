/** Ways to bring a paper other than the camera: what the agent says about them. */
import { ask } from "@counter/web/ask";
import { attempt, state } from "./counter";

export interface StickFile {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly size: number;
}

export interface Sticks {
  readonly sticks: number;
  readonly files: readonly StickFile[];
  readonly more: boolean;
  readonly left: boolean;
}

/** Sends a paper, or photographs it. */
export async function bring(path: string, body: unknown): Promise<void> {
  await attempt(() => ask(path, body));
  saidBeside();
}

/** What the case itself says beside a paper is not said twice. */
export function saidBeside(): void {
  const said = state.session?.case?.materials.map((one) => one.reason) ?? [];
  if (state.error && said.includes(state.error)) state.error = "";
}

/** Returns a size as people know it: 340 KB, 1.2 MB. */
export function shownSize(bytes: number, language: string): string {
  const large = bytes >= 1_000_000;
  const number = large ? bytes / 1_000_000 : Math.max(1, bytes / 1000);
  const digits = { maximumFractionDigits: large ? 1 : 0 };
  return `${number.toLocaleString(language, digits)} ${large ? "MB" : "KB"}`;
}

/** Asks again and again until the returned function is called; a failure is asked over. */
export function follow<T>(path: string, every: number, heard: (answer: T) => void): () => void {
  let over = false;
  let timer = 0;
  async function look(): Promise<void> {
    try {
      const answer = await ask<T>(path);
      if (!over) heard(answer);
    } catch {
      // The agent is being restarted; the last answer stays.
    }
    if (!over) timer = window.setTimeout(() => void look(), every);
  }
  void look();
  return () => {
    over = true;
    window.clearTimeout(timer);
  };
}
