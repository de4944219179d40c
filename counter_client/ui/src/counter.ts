/** What the touch page knows, and what it does when the agent speaks. */
import { nextTick, reactive, ref, shallowReactive } from "vue";
import { ask, Refused } from "@counter/web/ask";
import { Line, newStep } from "@counter/web/line";
import type { Trouble } from "@counter/web/path";
import type { FromTerminal, ItemView, Language, Leg, PageSeen, PaperSeen, Refusal, SendChat, SessionView, ToTerminal } from "@counter/web/protocol";
import { Seat } from "@counter/web/seat";
import { speak, words } from "@counter/web/words";
import { isMark, markStep, ScreenNotes } from "./marks";
import type { Pen } from "@counter/web/strokes";

export const state = reactive({
  line: false,
  welcomed: false,
  items: [] as ItemView[],
  session: null as SessionView | null,
  /** What the document camera sees now. */
  seen: null as PaperSeen | null,
  error: "",
  missing: [] as readonly string[],
  connected: false,
  trouble: "" as Trouble,
  busy: false,
  large: false,
});
/** What comes in from each of the others. */
export const streams = shallowReactive<Partial<Record<Leg, MediaStream>>>({});
export const local = ref<MediaStream | null>(null);

let leftTicket = "";
let line: Line<FromTerminal, ToTerminal> | null = null;
let signing = "";

const seat = new Seat("applicant", {
  local(stream, faults) {
    local.value = stream;
    state.missing = faults;
  },
  offer: (call, sdp, attempt) => line?.say({ type: "offer-media", call, leg: "applicant", sdp, attempt }),
  stream: (from, stream) => (streams[from] = stream),
  state: (connected) => (state.connected = connected),
  servers: () => state.session?.call?.ice.filter((one) => one.leg === "applicant") ?? [],
  trouble(call, code) {
    if (call && code && code !== state.trouble) {
      line?.say({ type: "leg-failed", call, leg: "applicant", reason: code });
    }
    state.trouble = code;
  },
});

/** The screen is on record exactly while there is a call. */
export const notes = new ScreenNotes((marks) => {
  const call = state.session?.call?.id;
  if (!call || !state.line) return false;
  say({ type: "note-screen", step: markStep(newStep()), call, marks });
  return true;
});

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
      // What was asked for meanwhile was not heard, and nobody tries it again.
      if (message.up && state.error === "line-down") state.error = "press-again";
      if (message.up) seat.nudge();
      return;
    case "session-changed":
      sessionChanged(message.session);
      return;
    case "paper-seen":
      state.seen = message;
      return;
    case "answer-media":
      if (state.error === "media-unavailable") state.error = "";
      if (message.leg === "applicant") seat.answered(message.sdp, message.attempt);
      return;
    case "media-lost":
      seat.again(150);
      return;
    case "failed":
      if (isMark(message.step)) return;
      if (message.code === "media-unavailable") seat.again(400);
      state.error = message.code;
      state.busy = false;
      return;
    case "done":
      if (message.step === signing) state.busy = false;
      return;
    case "shoot-page":
      return;
    default:
      return message satisfies never;
  }
}

function sessionChanged(session: SessionView | null): void {
  if (session && session.ticket.id === leftTicket) return;
  if (session?.case?.task !== state.session?.case?.task) state.error = "";
  // The case went on: whoever was asked to look has seen it.
  if (state.error === "press-again" && session?.case?.touched !== state.session?.case?.touched) state.error = "";
  if (session && !state.session) {
    state.busy = false;
    speak(session.ticket.language);
  }
  const somebodyLeft = state.session && !session;
  state.session = session;
  if (somebodyLeft) forgetEverything();
  const call = session?.call;
  if (call && call.state !== "over" && call.id !== seat.call) void seat.join(call.id);
  // Somebody who waits sees their own picture; nobody else does before the call.
  if (session?.ticket.state === "waiting") seat.open();
}

/** Nothing of this applicant stays on the page for the next one. */
function forgetEverything(): void {
  seat.close();
  for (const from of Object.keys(streams) as Leg[]) delete streams[from];
  Object.assign(state, { session: null, seen: null, error: "", busy: false });
  notes.forget();
  enlarge(false);
  speak("zh-Hant");
}

function say(message: FromTerminal): void {
  line?.say(message);
}

export function takeTicket(item: string): void {
  state.error = "";
  seat.prepare();
  say({ type: "take-ticket", step: newStep(), item, language: words.global.locale.value as Language });
}

/** Leaves at once, also on a cut line: the server hears of it when it can. */
export function leave(): void {
  const ticket = state.session?.ticket.id;
  if (!ticket) return;
  notes.flush();
  leftTicket = ticket;
  say({ type: "leave-counter", step: newStep(), ticket });
  forgetEverything();
}

/** Takes a page out of a paper that the clerk has not accepted. */
export function removePage(material: string, page: string): void {
  const id = state.session?.case?.id;
  if (id) say({ type: "remove-page", step: newStep(), case: id, material, page });
}

export function fillForm(values: Record<string, string>): void {
  const id = state.session?.case?.id;
  if (id) say({ type: "fill-form", case: id, values });
}

export function sign(signer: string, sha256: string, pages: PageSeen[], pen: Pen, declared: "touch" | "aloud"): void {
  const id = state.session?.case?.id;
  if (!id) return;
  state.busy = true;
  state.error = "";
  signing = newStep();
  const drawn = { strokes: pen.strokes, began_ago: pen.beganAgo };
  say({ type: "sign-application", step: signing, case: id, signer, sha256, pages, declared, ...drawn });
}

/** Whoever was to sign does not sign what was shown. */
export function refuseToSign(signer: string, sha256: string, reason: Refusal): void {
  const id = state.session?.case?.id;
  if (!id) return;
  state.busy = true;
  state.error = "";
  signing = newStep();
  say({ type: "refuse-to-sign", step: signing, case: id, signer, sha256, reason });
}

/** Says something in writing to the clerk. */
export function chat(said: Pick<SendChat, "text" | "phrase">): void {
  const call = state.session?.call?.id;
  if (!call) return;
  state.error = "";
  say({ type: "send-chat", step: newStep(), call, ...said });
}

export function enlarge(on: boolean): void {
  state.large = on;
  document.documentElement.classList.toggle("large", on);
}

/** Runs a request and shows its refusal in words; the keyboard stays where it was. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  const pressed = document.activeElement;
  const ticket = state.session?.ticket.id;
  // What went wrong for who has left, and when it ended, is nothing to the next person.
  const here = (): boolean => state.session?.ticket.id === ticket;
  state.busy = true;
  state.error = "";
  try {
    await work();
  } catch (error) {
    if (here()) state.error = error instanceof Refused ? error.code : "internal";
  } finally {
    if (here()) state.busy = false;
    await nextTick();
    giveBack(pressed);
  }
}

/** A button that was disabled while it worked has lost the keyboard; so has one drawn anew. */
function giveBack(pressed: Element | null): void {
  if (document.activeElement !== document.body || !(pressed instanceof HTMLElement)) return;
  const act = pressed.dataset["act"];
  const now = pressed.isConnected || !act ? pressed : document.querySelector<HTMLElement>(`[data-act="${act}"]`);
  now?.focus({ preventScroll: true });
}
