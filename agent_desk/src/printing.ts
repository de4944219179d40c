/** What the supervisor's pages about sheets and paper are told, and what they send. */

export interface PrintJob {
  id: string;
  number: string;
  terminal_name: string;
  state: string;
  at: number;
  /** Number of the licence paper, empty for plain paper. */
  sheet: string;
  settleable: boolean;
}
export interface Books {
  received: number;
  in_tray: number;
  printed: number;
  spoiled: number;
  lost: number;
}
export interface PaperTray {
  tray: string;
  name: string;
  next: string;
  ready_for: string;
  books: Books;
}
export interface PrintingView {
  jobs: PrintJob[];
  trays: PaperTray[];
  /** Who waits at a window now for somebody to look at them. */
  waiting: Waiting[];
}
export interface Waiting {
  number: string;
  at: number;
  terminal_name: string;
}

/** What was printed for an acceptance number. */
export interface Found {
  jobs: PrintJob[];
  /** Five wrong release codes were typed, or a person saw somebody else. */
  locked: boolean;
  face: FaceLook | null;
}

/** A look at the face of whoever fetches a licence. */
export interface FaceLook {
  state: "wanted" | "asked" | "doubted" | "matched" | "vouched" | "refused";
  /** What a machine advised, or why it did not. */
  outcome: string;
  at: number;
  terminal_name: string;
  case: string;
  /** Pages of the identity document, with their turns. */
  pages: [id: string, turns: number][];
}

/** Whether a member of staff has to decide whose face it is. */
export function toLookAt(face: FaceLook): boolean {
  return face.state === "wanted" || face.state === "asked" || face.state === "doubted";
}

export const ANSWERS = ["sheet-out", "no-sheet", "spoiled"] as const;
export type Answer = (typeof ANSWERS)[number];
export const REASONS = ["jammed", "half-printed", "smeared", "torn", "fed-twice"] as const;
export const COUNTS = ["received", "in_tray", "printed", "spoiled", "lost"] as const;

/** Returns what a person can answer: a sheet that was printed can only be spoilt. */
export function answersFor(state: string): readonly Answer[] {
  return state === "printed" ? ["spoiled"] : ANSWERS;
}

/** Whether everything that an answer needs has been given. */
export function complete(answer: string, reason: string, photo: string): boolean {
  if (answer !== "spoiled") return answer !== "";
  return reason !== "" && photo !== "";
}

const LONGEST_SIDE = 1600;

/** Returns a photograph as base64 of a JPEG that is small enough to be sent. */
export async function reduced(file: File): Promise<string> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.85).split(",")[1] ?? "";
}
