/** What the touch page knows, and what it does when the agent speaks. */
import { reactive, ref } from "vue";
import { ask, Refused } from "@counter/web/ask";
import { CallLeg, openDevices } from "@counter/web/call";
import { Line, newStep } from "@counter/web/line";
import type { FromTerminal, ItemView, Language, Point, SessionView, ToTerminal } from "@counter/web/protocol";
import { words } from "@counter/web/words";

export const state = reactive({
  line: false,
  welcomed: false,
  items: [] as ItemView[],
  session: null as SessionView | null,
  error: "",
  missing: [] as readonly string[],
  connected: false,
  busy: false,
});
export const remote = ref<MediaStream | null>(null);
export const local = ref<MediaStream | null>(null);

let leg: CallLeg | null = null;
let legCall = "";
let line: Line<FromTerminal, ToTerminal> | null = null;

export function begin(): void {
  line = new Line<FromTerminal, ToTerminal>("/local/ws", heard, (up) => {
    if (!up) state.line = false;
  });
  void loadItems();
}

async function loadItems(): Promise<void> {
  try {
    state.items = await ask<ItemView[]>("/local/items");
  } catch {
    window.setTimeout(() => void loadItems(), 1000);
  }
}

function heard(message: ToTerminal): void {
  switch (message.type) {
    case "terminal-welcome":
      state.welcomed = true;
      return;
    case "line-changed":
      state.line = message.up;
      return;
    case "session-changed":
      sessionChanged(message.session);
      return;
    case "answer-media":
      if (message.leg === "applicant") void leg?.answered(message.sdp);
      return;
    case "media-lost":
      void leg?.connect();
      return;
    case "failed":
      state.error = message.code;
      state.busy = false;
      return;
    case "done":
      state.busy = false;
      return;
    case "shoot-page":
      return;
    default:
      return message satisfies never;
  }
}

function sessionChanged(session: SessionView | null): void {
  if (session?.case?.task !== state.session?.case?.task) state.error = "";
  state.session = session;
  if (!session) forgetEverything();
  const call = session?.call;
  if (call && call.state !== "over" && call.id !== legCall) void join(call.id);
}

async function join(call: string): Promise<void> {
  legCall = call;
  const devices = await openDevices();
  if (legCall !== call) return;
  state.missing = devices.missing;
  local.value = devices.stream;
  leg = new CallLeg(devices.stream, 1, {
    offer: (sdp) => line?.say({ type: "offer-media", call, leg: "applicant", sdp }),
    stream: (_place, stream) => (remote.value = stream),
    state: (connected) => (state.connected = connected),
  });
  for (const track of devices.stream.getTracks()) track.onended = () => void reopen(track.kind);
  await leg.connect();
}

/** A camera or microphone was unplugged: take what is there now. */
async function reopen(kind: string): Promise<void> {
  const devices = await openDevices();
  state.missing = devices.missing;
  local.value = devices.stream;
  for (const track of devices.stream.getTracks()) if (track.kind === kind) await leg?.replace(track);
}

/** Nothing of this applicant stays on the page for the next one. */
function forgetEverything(): void {
  leg?.close();
  leg = null;
  legCall = "";
  for (const track of local.value?.getTracks() ?? []) track.stop();
  local.value = remote.value = null;
  Object.assign(state, { error: "", connected: false, busy: false, missing: [] });
}

function say(message: FromTerminal): void {
  line?.say(message);
}

export function takeTicket(item: string): void {
  state.error = "";
  say({ type: "take-ticket", step: newStep(), item, language: words.global.locale.value as Language });
}

export function leave(): void {
  const ticket = state.session?.ticket.id;
  if (ticket) say({ type: "leave-counter", step: newStep(), ticket });
}

export function fillForm(values: Record<string, string>): void {
  const id = state.session?.case?.id;
  if (id) say({ type: "fill-form", case: id, values });
}

export function sign(sha256: string, pages: number[], strokes: Point[][]): void {
  const id = state.session?.case?.id;
  if (!id) return;
  state.busy = true;
  state.error = "";
  say({ type: "sign-application", step: newStep(), case: id, sha256, pages_seen: pages, strokes });
}

/** Runs a request and shows its refusal in words. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  state.busy = true;
  state.error = "";
  try {
    await work();
  } catch (error) {
    state.error = error instanceof Refused ? error.code : "internal";
  } finally {
    state.busy = false;
  }
}
