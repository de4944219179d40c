/** A look at the face at a window: what the page knows of it, and its pictures. */

/** Why nothing is compared; words of the wire. */
export type Why = "declined" | "no-camera" | "no-engine";
export type Stage = "beginning" | "consent" | "camera" | "person";

/** What is wrong with pictures and can be mended by whoever stands there. */
const MENDABLE: readonly string[] = ["face-none", "face-several", "face-far", "face-cut", "face-turned", "face-light", "file-busy"];
/** Pictures of one look, and milliseconds between them. */
const PICTURES = 5;
const APART = 200;
const LONGEST_SIDE = 1280;

/** Returns whether somebody may try again at the camera after `code`. */
export function mendable(code: string): boolean {
  return MENDABLE.includes(code);
}

/** Opens the window's camera; nothing is recorded, and no sound. */
export function openCamera(): Promise<MediaStream> {
  const wanted = { width: { ideal: LONGEST_SIDE }, height: { ideal: 720 }, facingMode: "user" };
  return navigator.mediaDevices.getUserMedia({ video: wanted });
}

/** Switches the camera off: its light goes out. */
export function closeCamera(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Takes a few pictures of what the camera sees, as base64 of JPEG. */
export async function takePictures(video: HTMLVideoElement): Promise<string[]> {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const taken: string[] = [];
  for (let number = 0; number < PICTURES; number++) {
    canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
    taken.push(canvas.toDataURL("image/jpeg", 0.9).split(",")[1] ?? "");
    await new Promise((go) => window.setTimeout(go, APART));
  }
  canvas.width = canvas.height = 0;
  return taken;
}
