/** One leg of a call: we offer, the media worker answers; nobody else negotiates. */
import { Flow } from "./flow";
import { Path, type Trouble } from "./path";
import type { Leg } from "./protocol";
import { receivesOf, SENDS_NO_PICTURE } from "./legs";

export interface LegEvents {
  /** A fresh offer is to be sent. */
  offer(sdp: string, attempt: string): void;
  /** What comes in from one of the other legs; silent and dark while it is not there. */
  stream(from: Leg, stream: MediaStream): void;
  state(connected: boolean): void;
  /** The relays to use now: their credentials end, so each attempt asks again. */
  servers(): RTCIceServer[];
  /** Why nothing gets through, once that is clear. */
  trouble(code: Trouble): void;
}

/** Milliseconds until an attempt to connect is given up for a fresh one. */
const STUCK = 8000;
/** The same for an ICE restart: a browser may gather an address that is gone. */
const RESTART_WITHIN = 2000;

/** A connection whose offer is made and not yet said. */
interface Offered {
  readonly peer: RTCPeerConnection;
  readonly receivers: readonly { readonly from: Leg; readonly track: MediaStreamTrack }[];
}

export class CallLeg {
  private peer: RTCPeerConnection | null = null;
  private timer = 0;
  private attempt = "";
  private closed = false;
  /** Counts the attempts to connect: only the latest may become the connection. */
  private turn = 0;
  private prepared: Promise<Offered> | null = null;
  /** What `prepared` came to: an offer that is ready is said without waiting a turn. */
  private ready: Offered | null = null;
  private readonly flow = new Flow((flows) => this.flowChanged(flows));
  private readonly path = new Path((code) => this.events.trouble(code));

  private local = new MediaStream();

  constructor(
    private readonly name: Leg,
    private readonly events: LegEvents,
  ) {
    window.addEventListener("online", this.moved);
    networkInformation()?.addEventListener("change", this.moved);
  }

  /** Makes an offer beforehand; it holds until the network changes. */
  async prepare(): Promise<void> {
    const making = this.offered([]);
    this.prepared = making;
    const ready = await making;
    if (this.prepared === making) this.ready = ready;
  }

  /** Connects, or connects afresh: after a reload, a lost worker, a failed path. */
  async connect(): Promise<void> {
    const turn = ++this.turn;
    this.drop();
    this.events.state(false);
    const servers = this.events.servers();
    const { prepared, ready } = this;
    this.prepared = this.ready = null;
    // Relays are part of an offer, and known only when there is a call.
    if (servers.length) void prepared?.then(hangUp);
    else if (ready) return this.take(ready);
    const offered = await ((servers.length ? null : prepared) ?? this.offered(servers));
    if (this.closed || turn !== this.turn) return hangUp(offered);
    await this.take(offered);
  }

  /** Says an offer first, and does the rest while it is on its way. */
  private async take({ peer, receivers }: Offered): Promise<void> {
    this.peer = peer;
    peer.onconnectionstatechange = () => this.watch(peer);
    this.say(peer);
    this.flow.watch(peer);
    this.within(STUCK, peer);
    for (const from of new Set(receivers.map((one) => one.from))) {
      const tracks = receivers.filter((one) => one.from === from).map((one) => one.track);
      this.events.stream(from, new MediaStream(tracks));
    }
    await this.use(this.local);
  }

  private async offered(iceServers: RTCIceServer[]): Promise<Offered> {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers });
    this.path.watch(peer);
    const [microphone] = this.local.getAudioTracks();
    const [camera] = this.local.getVideoTracks();
    peer.addTransceiver(microphone ?? "audio", { direction: "sendonly", streams: [this.local] });
    if (!SENDS_NO_PICTURE.has(this.name)) {
      peer.addTransceiver(camera ?? "video", { direction: "sendonly", streams: [this.local] });
    }
    const receivers = receivesOf(this.name).map(({ from, kind }) => ({
      from,
      track: peer.addTransceiver(kind, { direction: "recvonly" }).receiver.track,
    }));
    for (const transceiver of peer.getTransceivers()) preferVp8(transceiver);
    const offer = await peer.createOffer();
    offer.sdp = withSoundRepair(offer.sdp ?? "");
    await peer.setLocalDescription(offer);
    return { peer, receivers };
  }

  /** The line to the server is back: an offer made meanwhile went nowhere. */
  nudge(): void {
    if (this.peer && this.peer.signalingState !== "stable") void this.connect();
  }

  /** Takes the answer to the latest offer; one to an offer before would fit nothing. */
  async answered(sdp: string, attempt: string): Promise<void> {
    if (attempt === this.attempt && this.peer?.signalingState === "have-local-offer") {
      await this.peer.setRemoteDescription({ type: "answer", sdp }).catch(() => undefined);
    }
  }

  /** Sends these devices from now on: without a word to the worker. */
  async use(local: MediaStream): Promise<void> {
    this.local = local;
    for (const { direction, receiver, sender } of this.peer?.getTransceivers() ?? []) {
      if (direction !== "sendonly") continue;
      const track = local.getTracks().find((one) => one.kind === receiver.track.kind) ?? null;
      if (track !== sender.track) await sender.replaceTrack(track).catch(() => undefined);
    }
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.moved);
    networkInformation()?.removeEventListener("change", this.moved);
    this.path.close();
    void this.prepared?.then(hangUp);
    this.prepared = this.ready = null;
    this.drop();
  }

  private say(peer: RTCPeerConnection): void {
    this.attempt = crypto.randomUUID();
    this.events.offer(peer.localDescription?.sdp ?? "", this.attempt);
  }

  private watch(peer: RTCPeerConnection): void {
    if (peer !== this.peer) return;
    const state = peer.connectionState;
    if (state === "connected") window.clearTimeout(this.timer);
    if (state === "connected" || state === "failed") this.events.state(state === "connected");
    if (state === "failed") this.again(peer);
  }

  /** The browser says that its network changed: look for a new way at once. */
  private readonly moved = (): void => {
    if (this.prepared) {
      void this.prepared.then(hangUp);
      this.ready = null;
      void this.prepare();
    }
    if (this.peer?.connectionState === "connected" || this.peer?.connectionState === "disconnected") {
      void this.restart(this.peer);
    }
  };

  private flowChanged(flows: boolean): void {
    const peer = this.peer;
    if (!peer || this.closed) return;
    this.events.state(flows && peer.connectionState === "connected");
    if (flows) window.clearTimeout(this.timer);
    else void this.restart(peer);
  }

  /** Keeps keys and streams, looks for another way (RFC 8445 section 2.4). */
  private async restart(peer: RTCPeerConnection): Promise<void> {
    if (peer.signalingState !== "stable") return;
    peer.setConfiguration({ ...peer.getConfiguration(), iceServers: this.events.servers() });
    const offer = await peer.createOffer({ iceRestart: true });
    offer.sdp = withSoundRepair(offer.sdp ?? "");
    await peer.setLocalDescription(offer);
    if (this.peer !== peer) return;
    this.say(peer);
    this.within(RESTART_WITHIN, peer);
  }

  /** Connects afresh unless packets arrive again by then. */
  private within(milliseconds: number, peer: RTCPeerConnection): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.again(peer), milliseconds);
  }

  private again(peer: RTCPeerConnection): void {
    if (!this.closed && peer === this.peer) void this.connect();
  }

  private drop(): void {
    window.clearTimeout(this.timer);
    this.flow.stop();
    this.peer?.close();
    this.peer = null;
  }
}

function hangUp({ peer }: Offered): void {
  peer.close();
}

/** Asks for lost sound again; browsers can, and offer it for pictures only. */
function withSoundRepair(sdp: string): string {
  return sdp.replace(/^a=rtcp-fb:(\d+) transport-cc\r\n(?=a=fmtp:\1 minptime)/gm, "$&a=rtcp-fb:$1 nack\r\n");
}

function networkInformation(): EventTarget | undefined {
  return (navigator as { connection?: EventTarget }).connection;
}

function preferVp8(transceiver: RTCRtpTransceiver): void {
  if (transceiver.receiver.track.kind !== "video") return;
  const known = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const rank = (mime: string): number => (mime === "video/VP8" ? 0 : 1);
  const wanted = known.filter((one) => /VP8|H264|rtx/i.test(one.mimeType));
  wanted.sort((a, b) => rank(a.mimeType) - rank(b.mimeType));
  if (wanted.length) transceiver.setCodecPreferences(wanted);
}
