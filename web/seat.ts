/** One person's place in calls: an offer is ready when a call comes, and it does not wait for the devices. */
import { CallLeg } from "./call";
import { type Fault, OwnDevices } from "./devices";
import { SENDS_NO_PICTURE } from "./legs";
import type { Trouble } from "./path";
import type { Leg } from "./protocol";

export interface SeatEvents {
  /** What this person's devices give, and what is wrong with them; nothing once they are off. */
  local(stream: MediaStream | null, faults: readonly Fault[]): void;
  offer(call: string, sdp: string, attempt: string): void;
  stream(from: Leg, stream: MediaStream): void;
  state(connected: boolean): void;
  servers(): RTCIceServer[];
  trouble(call: string, code: Trouble): void;
}

export class Seat {
  private devices: OwnDevices | null = null;
  private leg: CallLeg | null = null;
  call = "";

  constructor(
    readonly name: Leg,
    private readonly events: SeatEvents,
  ) {}

  /** Makes an offer for the call to come, with the devices still off; again, it changes nothing. */
  prepare(): void {
    if (this.leg) return;
    this.leg = this.newLeg();
    void this.leg.prepare();
  }

  /** Opens the devices: what they give is sent once it is there, without another offer. */
  open(): void {
    this.prepare();
    if (this.devices) return;
    this.devices = new OwnDevices(!SENDS_NO_PICTURE.has(this.name), (stream, faults) => {
      this.events.local(stream, faults);
      void this.leg?.use(stream);
    });
    void this.devices.open();
  }

  /** Takes part in `call` from now on, and in no other. */
  async join(call: string): Promise<void> {
    if (this.call && this.call !== call) this.close();
    this.call = call;
    this.open();
    await this.leg?.connect();
  }

  /** The answer to an offer of this call. */
  answered(sdp: string, attempt: string): void {
    void this.leg?.answered(sdp, attempt);
  }

  /** The line to the server is back. */
  nudge(): void {
    if (this.call) this.leg?.nudge();
  }

  /** Connects afresh, if there is a call. */
  again(milliseconds: number): void {
    const { call } = this;
    window.setTimeout(() => {
      if (call && this.call === call) void this.leg?.connect();
    }, milliseconds);
  }

  /** Leaves the call and switches the devices off. */
  close(): void {
    this.leg?.close();
    this.devices?.close();
    this.leg = null;
    this.devices = null;
    this.call = "";
    this.events.local(null, []);
    this.events.state(false);
  }

  private newLeg(): CallLeg {
    return new CallLeg(this.name, {
      offer: (sdp, attempt) => this.events.offer(this.call, sdp, attempt),
      stream: (from, arriving) => this.events.stream(from, arriving),
      state: (connected) => this.events.state(connected),
      servers: () => this.events.servers(),
      trouble: (code) => this.events.trouble(this.call, code),
    });
  }
}
