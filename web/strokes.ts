/** Handwriting from pointer events, every sample that the screen has. */
import type { Point } from "./protocol";

const MOST_POINTS = 5000;

export class Pen {
  readonly strokes: Point[][] = [];
  private drawing: number | null = null;
  private began = 0;
  private count = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const ink = canvas.getContext("2d");
    if (ink) Object.assign(ink, { lineCap: "round", lineJoin: "round", strokeStyle: "#0d1a59" });
  }

  down(event: PointerEvent): void {
    if (this.drawing !== null) return;
    this.drawing = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    if (!this.strokes.length) this.began = event.timeStamp;
    this.strokes.push([]);
    this.add(event);
  }

  move(event: PointerEvent): void {
    if (event.pointerId !== this.drawing) return;
    const samples = event.getCoalescedEvents();
    for (const sample of samples.length ? samples : [event]) this.add(sample);
  }

  up(event: PointerEvent): void {
    if (event.pointerId === this.drawing) this.drawing = null;
  }

  clear(): void {
    this.strokes.length = 0;
    this.count = 0;
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Seconds since the pen first touched. */
  get beganAgo(): number {
    return Math.min(Math.max(0, (performance.now() - this.began) / 1000), 3600);
  }

  /** Says whether there is enough to be a signature; the server decides. */
  get enough(): boolean {
    return this.count >= 12;
  }

  private add(event: PointerEvent): void {
    const stroke = this.strokes.at(-1);
    if (!stroke || this.count >= MOST_POINTS) return;
    const box = this.canvas.getBoundingClientRect();
    const point: Point = {
      x: round(event.clientX - box.left),
      y: round(event.clientY - box.top),
      t: round(event.timeStamp - this.began),
      p: event.pointerType === "pen" ? round(event.pressure) : 0.5,
    };
    const last = stroke.at(-1);
    stroke.push(point);
    this.count += 1;
    if (last) this.draw(last, point, this.canvas.width / box.width);
  }

  private draw(from: Point, to: Point, scale: number): void {
    const ink = this.canvas.getContext("2d");
    if (!ink) return;
    ink.lineWidth = (1 + 2.5 * to.p) * scale;
    ink.beginPath();
    ink.moveTo(from.x * scale, from.y * scale);
    ink.lineTo(to.x * scale, to.y * scale);
    ink.stroke();
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
