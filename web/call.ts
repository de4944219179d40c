/** One leg of a call: we offer, the media worker answers; nobody else negotiates. */
import type { Leg } from "./protocol";
import { receivesOf, SENDS_NO_PICTURE } from "./legs";

export interface LegEvents {
  /** A fresh offer is to be sent. */
  offer(sdp: string): void;
  /** What comes in from one of the other legs; silent and dark while it is not there. */
  stream(from: Leg, stream: MediaStream): void;
  state(connected: boolean): void;
}

const GRACE = 2500;
const STUCK = 8000;

export class CallLeg {
  private peer: RTCPeerConnection | null = null;
  private timer = 0;
  private closed = false;

  constructor(
    private local: MediaStream,
    private readonly name: Leg,
    private readonly events: LegEvents,
  ) {}

  /** Connects, or connects afresh: after a reload, a lost worker, a failed path. */
  async connect(): Promise<void> {
    this.drop();
    this.events.state(false);
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.peer = peer;
    const [microphone] = this.local.getAudioTracks();
    const [camera] = this.local.getVideoTracks();
    peer.addTransceiver(microphone ?? "audio", { direction: "sendonly", streams: [this.local] });
    if (!SENDS_NO_PICTURE.has(this.name)) {
      peer.addTransceiver(camera ?? "video", { direction: "sendonly", streams: [this.local] });
    }
    const tracks = receivesOf(this.name).map(({ from, kind }) => ({
      from,
      track: peer.addTransceiver(kind, { direction: "recvonly" }).receiver.track,
    }));
    for (const transceiver of peer.getTransceivers()) preferVp8(transceiver);
    peer.onconnectionstatechange = () => this.watch(peer);
    const offer = await peer.createOffer();
    await peer.setLocalDescription(offer);
    if (this.peer !== peer) return;
    for (const from of new Set(tracks.map((one) => one.from))) {
      this.events.stream(from, new MediaStream(tracks.filter((one) => one.from === from).map((one) => one.track)));
    }
    this.events.offer(peer.localDescription?.sdp ?? "");
    this.timer = window.setTimeout(() => this.again(peer), STUCK);
  }

  /** Takes the answer to the latest offer. */
  async answered(sdp: string): Promise<void> {
    if (this.peer?.signalingState === "have-local-offer") {
      await this.peer.setRemoteDescription({ type: "answer", sdp }).catch(() => undefined);
    }
  }

  /** Sends other devices from now on. */
  async use(local: MediaStream): Promise<void> {
    this.local = local;
    await this.connect();
  }

  close(): void {
    this.closed = true;
    this.drop();
  }

  private watch(peer: RTCPeerConnection): void {
    if (peer !== this.peer) return;
    const state = peer.connectionState;
    if (state === "connecting") return;
    window.clearTimeout(this.timer);
    this.events.state(state === "connected");
    if (state === "failed") this.again(peer);
    if (state === "disconnected") this.timer = window.setTimeout(() => this.again(peer), GRACE);
  }

  private again(peer: RTCPeerConnection): void {
    if (!this.closed && peer === this.peer && peer.connectionState !== "connected") void this.connect();
  }

  private drop(): void {
    window.clearTimeout(this.timer);
    this.peer?.close();
    this.peer = null;
  }
}

function preferVp8(transceiver: RTCRtpTransceiver): void {
  if (transceiver.receiver.track.kind !== "video") return;
  const known = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const rank = (mime: string): number => (mime === "video/VP8" ? 0 : 1);
  const wanted = known.filter((one) => /VP8|H264|rtx/i.test(one.mimeType));
  wanted.sort((a, b) => rank(a.mimeType) - rank(b.mimeType));
  if (wanted.length) transceiver.setCodecPreferences(wanted);
}

export interface Devices {
  readonly stream: MediaStream;
  readonly missing: readonly ("camera" | "microphone")[];
}

/** Switches devices off: their lights go out. */
export function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}

/** Opens camera and microphone, or the microphone alone; goes on with what there is. */
export async function openDevices(seen = true): Promise<Devices> {
  const picture = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 } };
  const pictures: MediaStreamConstraints[] = [
    { audio: true, video: picture },
    { audio: false, video: picture },
  ];
  const tries = [...(seen ? pictures : []), { audio: true, video: false }];
  for (const constraints of tries) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      const missing: ("camera" | "microphone")[] = [];
      if (seen && !stream.getVideoTracks().length) missing.push("camera");
      if (!stream.getAudioTracks().length) missing.push("microphone");
      return { stream, missing };
    } catch {
      continue;
    }
  }
  return { stream: new MediaStream(), missing: ["camera", "microphone"] };
}
