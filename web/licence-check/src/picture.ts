/** Finds a licence's code in pictures, with the browser's own reader of codes or with ours. */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";
import { PREFIX } from "./token.ts";

type Source = ImageBitmap | HTMLVideoElement;
type Detector = { detect(source: Source): Promise<{ readonly rawValue: string }[]> };
type DetectorClass = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

/** Pixels along the longer side that are looked at: an A4 scan at 300 dpi, and a photograph. */
const LONGEST = 3600;
let own: Promise<Detector | null> | null = null;
let ours: Promise<unknown> | null = null;

/** Returns the text of the licence's code in a picture, or null. Nothing leaves this device. */
export async function readPicture(file: Blob): Promise<string | null> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return null;
  }
  try {
    return (await byBrowser(picture)) ?? (await byOurs(picture));
  } finally {
    picture.close();
  }
}

/** Returns the text of the licence's code that the camera sees now, or null. */
export async function seen(video: HTMLVideoElement): Promise<string | null> {
  if (video.readyState < 2 || !video.videoWidth) return null;
  return (await detector()) ? byBrowser(video) : byOurs(video);
}

async function byBrowser(source: Source): Promise<string | null> {
  try {
    const found = (await (await detector())?.detect(source)) ?? [];
    return found.find((one) => one.rawValue.startsWith(PREFIX))?.rawValue ?? null;
  } catch {
    return null;
  }
}

function detector(): Promise<Detector | null> {
  own ??= find().catch(() => null);
  return own;
}

async function find(): Promise<Detector | null> {
  const found = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (!found || !(await found.getSupportedFormats()).includes("qr_code")) return null;
  return new found({ formats: ["qr_code"] });
}

async function byOurs(source: Source): Promise<string | null> {
  ours ??= prepare();
  await ours;
  const found = await readBarcodes(pixels(source), { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 8 });
  return found.find((one) => one.text.startsWith(PREFIX))?.text ?? null;
}

/** Brings our reader: it lies in a page that was saved, and beside one that was not. */
async function prepare(): Promise<void> {
  const held = document.getElementById("reader")?.textContent;
  const wasmBinary = held
    ? Uint8Array.from(atob(held), (one) => one.charCodeAt(0)).buffer
    : await (await fetch(wasm)).arrayBuffer();
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
}

function pixels(source: Source): ImageData {
  const [wide, high] = source instanceof ImageBitmap ? [source.width, source.height] : [source.videoWidth, source.videoHeight];
  const share = Math.min(1, LONGEST / Math.max(wide, high));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(wide * share), Math.round(high * share)];
  const pen = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
