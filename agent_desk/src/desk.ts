/** What a desk knows, and what it does when the server speaks. */
import { reactive, ref, shallowReactive } from "vue";
import { ask, Refused } from "@counter/web/ask";
import { legOf, speaks, takesPart } from "@counter/web/company";
import { Line, newStep } from "@counter/web/line";
import type { Trouble } from "@counter/web/path";
import { Seat } from "@counter/web/seat";
import type {
  CaseView,
  FromDesk,
  ItemView,
  Leg,
  PaperSeen,
  RunningCallView,
  SessionView,
  StaffView,
  TicketView,
  ToDesk,
} from "@counter/web/protocol";

export const state = reactive({
  staff: null as StaffView | null,
  asked: false,
  line: false,
  waiting: [] as TicketView[],
  review: [] as CaseView[],
  /** To supervisors: the calls that are on. */
  calls: [] as RunningCallView[],
  /** To clerks: who can be asked into a call. */
  experts: [] as StaffView[],
  session: null as SessionView | null,
  /** What the document camera sees now. */
  seen: null as PaperSeen | null,
  items: [] as ItemView[],
  connected: false,
  trouble: "" as Trouble,
  missing: [] as readonly string[],
  error: "",
  detail: "",
  /** Steps that were said and not yet done: their buttons show progress. */
  busy: new Set<string>(),
});
/** What comes in from each of the others. */
export const streams = shallowReactive<Partial<Record<Leg, MediaStream>>>({});
export const local = ref<MediaStream | null>(null);

let line: Line<FromDesk, ToDesk> | null = null;
let seat: Seat | null = null;
let accepted = "";
const acts = new Map<string, string>();

/** Looks whether somebody is signed in already. */
export async function begin(): Promise<void> {
  try {
    signedIn(await ask<StaffView>("/api/me"));
  } catch {
    state.asked = true;
  }
}

export async function signIn(account: string): Promise<void> {
  await attempt(async () => signedIn(await ask<StaffView>("/api/login", { account })));
}

export async function signOut(): Promise<void> {
  await attempt(async () => {
    await ask("/api/logout", {});
    location.assign("/desk/");
  });
}

/** Two short tones: somebody waits. Silent until the page was touched once. */
export function ring(): void {
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const volume = new GainNode(sound, { gain: 0.08 });
  tone.frequency.setValueAtTime(880, sound.currentTime);
  tone.frequency.setValueAtTime(660, sound.currentTime + 0.18);
  tone.connect(volume).connect(sound.destination);
  tone.onended = () => void sound.close();
  tone.start();
  tone.stop(sound.currentTime + 0.4);
}

/** The line is down: is it the line, or has the sign-in ended? */
async function checkSignIn(): Promise<void> {
  try {
    await ask<StaffView>("/api/me");
  } catch (error) {
    if (error instanceof Refused && error.code === "bad-token") location.reload();
  }
}

function signedIn(staff: StaffView): void {
  state.staff = staff;
  state.asked = true;
  seat = seatOf(staff);
  void attempt(async () => (state.items = await ask<ItemView[]>("/api/items")));
  line = new Line<FromDesk, ToDesk>("/ws/desk", heard, (up) => {
    state.line = up;
    if (!up) void checkSignIn();
    if (up) seat?.nudge();
    if (up && staff.role === "clerk") line?.say({ type: "set-duty", on: true });
  });
}

function heard(message: ToDesk): void {
  switch (message.type) {
    case "desk-welcome":
      // Another tab signed in as somebody else: this page would lie about who acts.
      if (message.staff.id !== state.staff?.id) location.reload();
      return;
    case "queue-changed":
      if (state.staff?.role === "clerk" && message.waiting.length > state.waiting.length && !state.session) ring();
      state.waiting = message.waiting;
      state.review = message.review;
      return;
    case "calls-changed":
      state.calls = message.calls;
      return;
    case "experts-changed":
      state.experts = message.experts;
      return;
    case "session-changed":
      sessionChanged(message.session);
      return;
    case "paper-seen":
      state.seen = message;
      return;
    case "answer-media":
      if (state.error === "media-unavailable") state.error = "";
      seat?.answered(message.sdp, message.attempt);
      return;
    case "media-lost":
      seat?.again(150);
      return;
    case "done":
      finished(message.step);
      return;
    case "failed":
      if (message.code === "media-unavailable") seat?.again(400);
      state.error = message.code;
      state.detail = message.detail ?? "";
      finished(message.step ?? "");
      return;
    default:
      return message satisfies never;
  }
}

function finished(step: string): void {
  const act = acts.get(step);
  acts.delete(step);
  if (act) state.busy.delete(act);
}

function sessionChanged(session: SessionView | null): void {
  state.session = session;
  const call = session?.call;
  if (!call) accepted = "";
  if (!call || !inCall()) return rest();
  if (call.id !== seat?.call) void seat?.join(call.id);
  openMicrophone();
}

function inCall(): boolean {
  return !!state.staff && takesPart(state.session?.call, state.staff, accepted);
}

/** In no call: a clerk on duty is ready for one, everybody else's devices are off. */
function rest(): void {
  if (seat?.call || state.staff?.role !== "clerk") hangUp();
  if (state.staff?.role === "clerk") seat?.open();
}

/** The expert says yes to the clerk who asks. */
export function joinCall(): void {
  accepted = state.session?.call?.id ?? "";
  sessionChanged(state.session);
}

/** A supervisor whom nobody is to hear sends nothing but silence. */
function openMicrophone(): void {
  const role = state.staff?.role;
  for (const track of local.value?.getAudioTracks() ?? []) {
    track.enabled = !!role && speaks(state.session?.call, role);
  }
}

function seatOf(staff: StaffView): Seat | null {
  const leg = legOf(staff.role);
  if (!leg) return null;
  return new Seat(leg, {
    local(stream, faults) {
      local.value = stream;
      state.missing = faults;
      openMicrophone();
    },
    offer: (call, sdp, attempt) => line?.say({ type: "offer-media", call, leg, sdp, attempt }),
    stream: (from, stream) => (streams[from] = stream),
    state: (connected) => (state.connected = connected),
    servers: () => state.session?.call?.ice ?? [],
    trouble: (_call, code) => (state.trouble = code),
  });
}

function hangUp(): void {
  seat?.close();
  for (const from of Object.keys(streams) as Leg[]) delete streams[from];
}

type Stepped = Extract<FromDesk, { step: string }>;
type WithoutStep<M> = M extends unknown ? Omit<M, "step"> : never;

/** Does one thing once; ``busy`` holds its type until the server has done it. */
export function act(message: WithoutStep<Stepped>): void {
  if (state.busy.has(message.type)) return;
  const step = newStep();
  acts.set(step, message.type);
  state.busy.add(message.type);
  state.error = "";
  line?.say({ ...message, step } as FromDesk);
}

/** Asks again in the background: what was told of an act meanwhile stays on the page. */
export async function refresh(work: () => Promise<unknown>): Promise<void> {
  const told = state.error;
  await attempt(work);
  state.error ||= told;
}

export async function attempt(work: () => Promise<unknown>): Promise<void> {
  state.error = "";
  try {
    await work();
  } catch (error) {
    state.error = error instanceof Refused ? error.code : "internal";
  }
}
