/** Camera and microphone of this page: opened, watched, and opened again by themselves. */
export type Fault = `${"camera" | "microphone"}-${"missing" | "busy" | "refused"}`;

interface Opened {
  readonly track?: MediaStreamTrack;
  readonly fault?: Fault;
}

const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 } };
/** Milliseconds that a device may stay silent before somebody else is thought to have it. */
const MUTED_FOR = 2000;
const AGAIN_AFTER = 4000;

export class OwnDevices {
  stream = new MediaStream();
  private timer = 0;
  private closed = false;
  private opening = false;
  private faults: readonly Fault[] = [];

  /** `changed` hears the stream to send and what is wrong, each time that either changes. */
  constructor(
    private readonly seen: boolean,
    private readonly changed: (stream: MediaStream, faults: readonly Fault[]) => void,
  ) {
    navigator.mediaDevices?.addEventListener("devicechange", this.again);
  }

  /** Opens what there is; a device that comes later is taken then. */
  async open(): Promise<void> {
    // One at a time: a second stream would keep the camera on with nobody to stop it.
    if (this.opening) return;
    this.opening = true;
    window.clearTimeout(this.timer);
    release(this.stream);
    const opened = await both(this.seen);
    this.opening = false;
    const stream = new MediaStream(opened.flatMap((one) => one.track ?? []));
    if (this.closed) return release(stream);
    this.stream = stream;
    for (const track of stream.getTracks()) this.watch(track);
    this.faults = opened.flatMap((one) => one.fault ?? []);
    if (this.faults.some((one) => one.endsWith("busy"))) this.timer = window.setTimeout(this.again, AGAIN_AFTER);
    this.changed(stream, this.faults);
  }

  /** Switches everything off: the lights go out. */
  close(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.again);
    release(this.stream);
  }

  private readonly again = (): void => {
    const whole = this.stream.getTracks().length === (this.seen ? 2 : 1);
    const live = this.stream.getTracks().every((track) => track.readyState === "live" && !track.muted);
    if (!this.closed && !(whole && live)) void this.open();
  };

  private watch(track: MediaStreamTrack): void {
    track.onended = this.again;
    track.onmute = () => {
      const kind = track.kind === "video" ? "camera" : "microphone";
      window.setTimeout(() => {
        const silent = track.muted && track.readyState === "live" && !this.closed;
        if (silent) this.changed(this.stream, [...this.faults, `${kind}-busy`]);
      }, MUTED_FOR);
    };
    track.onunmute = () => this.changed(this.stream, this.faults);
  }
}

async function both(seen: boolean): Promise<Opened[]> {
  if (!seen) return [await one("microphone")];
  try {
    // Together: the browser asks the person once.
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: PICTURE });
    return stream.getTracks().map((track) => ({ track }));
  } catch {
    // Also where the page may use no devices at all: each says so for itself.
    return [await one("microphone"), await one("camera")];
  }
}

async function one(what: "camera" | "microphone"): Promise<Opened> {
  const wanted = what === "camera" ? { video: PICTURE } : { audio: true };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    const [track] = stream.getTracks();
    return track ? { track } : { fault: `${what}-missing` };
  } catch (error) {
    return { fault: `${what}-${reason(error)}` };
  }
}

/** Returns why a device cannot be had (Media Capture and Streams, section 10.2). */
function reason(error: unknown): "missing" | "busy" | "refused" {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return "missing";
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
}
