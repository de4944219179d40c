/** Why no media gets through, as a code of texts.json; nothing while it may yet come. */
export type Trouble = "" | "media-blocked" | "relay-refused";

/** Until so long after an answer, a person is told no more than "connecting". */
const PATIENCE = 6000;
/** STUN error codes (RFC 8489); Chromium's own 701 only says that nobody answered. */
const FIRST_REFUSAL = 400;
const LAST_REFUSAL = 699;

/** Watches the way of one leg, over all its attempts. */
export class Path {
  private timer = 0;
  private refused = false;

  constructor(private readonly tell: (trouble: Trouble) => void) {}

  watch(peer: RTCPeerConnection): void {
    peer.addEventListener("icecandidateerror", ({ errorCode }) => {
      if (errorCode >= FIRST_REFUSAL && errorCode <= LAST_REFUSAL) this.refused = true;
    });
    peer.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.type === "relay") this.refused = false;
    });
    // Without an answer it is the line that is down, and the page says so already.
    // An answer on a connection that is up belongs to the search for a better way.
    peer.addEventListener("signalingstatechange", () => {
      if (peer.signalingState !== "stable" || peer.connectionState === "connected") return;
      this.timer ||= window.setTimeout(() => this.complain(), PATIENCE);
    });
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState === "connected") this.close();
    });
  }

  /** Nothing is wrong, or nobody wants to know any more. */
  close(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.tell("");
  }

  private complain(): void {
    this.tell(this.refused ? "relay-refused" : "media-blocked");
  }
}
