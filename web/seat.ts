/** One person's place in calls: devices and offer are ready when a call comes, so that it need not wait for them. */
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
  private opened: Promise<void> = Promise.resolve();
  call = "";

  constructor(
    readonly name: Leg,
    private readonly events: SeatEvents,
  ) {}

  /** Opens the devices and makes an offer for the call to come; again, it changes nothing. */
  prepare(): Promise<void> {
    if (this.devices) return this.opened;
    const devices = new OwnDevices(!SENDS_NO_PICTURE.has(this.name), (stream, faults) => {
      this.events.local(stream, faults);
      void this.leg?.use(stream);
    });
    this.devices = devices;
    this.opened = devices.open().then(async () => {
      if (this.devices !== devices) return;
      this.leg = this.newLeg(devices.stream);
      await this.leg.prepare();
    });
    return this.opened;
  }

  /** Takes part in `call` from now on, and in no other. */
  async join(call: string): Promise<void> {
    if (this.call && this.call !== call) this.close();
    this.call = call;
    await this.prepare();
    if (this.call === call) await this.leg?.connect();
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

  private newLeg(stream: MediaStream): CallLeg {
    return new CallLeg(stream, this.name, {
      offer: (sdp, attempt) => this.events.offer(this.call, sdp, attempt),
      stream: (from, arriving) => this.events.stream(from, arriving),
      state: (connected) => this.events.state(connected),
      servers: () => this.events.servers(),
      trouble: (code) => this.events.trouble(this.call, code),
    });
  }
}
