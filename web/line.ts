/** A WebSocket that comes back, and says each step until it was heard. */
export interface Stepped {
  readonly step?: string | null;
}

const FIRST_WAIT = 250;
/** Not longer: who sits in a call waits for it, and a hundred thousand do not. */
const LONGEST_WAIT = 2000;
/** A step that nobody hears for so long means a line that is dead without saying so. */
const PATIENCE = 10_000;

export class Line<Out extends object, In extends { type: string }> {
  private socket: WebSocket | null = null;
  private wait = FIRST_WAIT;
  private closed = false;
  private timer = 0;
  private readonly unheard = new Map<string, string>();

  constructor(
    private readonly path: string,
    private readonly heard: (message: In) => void,
    private readonly changed: (up: boolean) => void,
  ) {
    this.open();
    window.addEventListener("online", this.reopen);
  }

  /** Sends now, or when the line is back if the message carries a step. */
  say(message: Out): void {
    const text = JSON.stringify(message);
    const step = (message as Stepped).step;
    if (step) {
      this.unheard.set(step, text);
      window.setTimeout(() => this.unheard.has(step) && this.socket?.close(), PATIENCE);
    }
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.reopen);
    this.socket?.close();
  }

  /** The network is back: at once, not when the wait is over. */
  private readonly reopen = (): void => {
    this.wait = FIRST_WAIT;
    if (this.socket?.readyState !== WebSocket.CLOSED || this.closed) return;
    window.clearTimeout(this.timer);
    this.open();
  };

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.path}`);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.changed(true);
      for (const text of this.unheard.values()) socket.send(text);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as In;
      const step = (message as Stepped).step;
      if (step && (message.type === "done" || message.type === "failed")) this.unheard.delete(step);
      this.heard(message);
    };
    socket.onclose = () => {
      this.changed(false);
      if (this.closed) return;
      this.timer = window.setTimeout(() => this.open(), this.wait * (0.5 + Math.random() / 2));
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    };
  }
}

/** Returns a fresh step id. */
export function newStep(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
