/** Whether anything still arrives: browsers need seven seconds to notice that it does not. */
const LOOK_EVERY = 250;
/** Milliseconds without a packet after which the way is taken for lost: ten reports a second come otherwise. */
const STILL_AFTER = 1000;
/** A page that was frozen for so long saw nothing, which says nothing. */
const FROZEN = 2000;

export class Flow {
  private timer = 0;
  private count = -1;
  private movedAt = 0;
  private lookedAt = 0;
  private flows = true;

  /** `changed` hears when packets stop to arrive and when they come again. */
  constructor(private readonly changed: (flows: boolean) => void) {}

  /** Watches this connection and no other from now on. */
  watch(peer: RTCPeerConnection): void {
    this.stop();
    this.flows = true;
    this.count = -1;
    this.timer = window.setInterval(() => void this.look(peer), LOOK_EVERY);
  }

  stop(): void {
    window.clearInterval(this.timer);
  }

  private async look(peer: RTCPeerConnection): Promise<void> {
    if (peer.connectionState === "closed") return this.stop();
    const count = arrived(await peer.getStats());
    const now = performance.now();
    const frozen = now - this.lookedAt > FROZEN;
    this.lookedAt = now;
    const moved = count !== this.count;
    // Nothing is expected before the first packet, and nothing is known after a freeze.
    if (moved || frozen || count === 0) this.movedAt = now;
    this.count = count;
    const flows = now - this.movedAt < STILL_AFTER;
    if (flows === this.flows || (flows && !moved)) return;
    this.flows = flows;
    this.changed(flows);
  }
}

interface Counted {
  readonly type: string;
  readonly packetsReceived?: number;
  readonly bytesReceived?: number;
}

/** Returns a number that grows with everything that comes in. */
function arrived(report: RTCStatsReport): number {
  let sum = 0;
  report.forEach((one: Counted) => {
    if (one.type === "transport") sum += one.packetsReceived ?? 0;
    if (one.type === "candidate-pair") sum += one.bytesReceived ?? 0;
  });
  return sum;
}
