/** What a page makes of who is in a call. */
import type { CallView, Leg, Role, StaffView } from "./protocol";

const LEGS: Partial<Record<Role, Leg>> = { clerk: "clerk", expert: "expert", supervisor: "supervisor" };

/** Returns the leg that somebody of this role connects, if any. */
export function legOf(role: Role): Leg | null {
  return LEGS[role] ?? null;
}

/** Returns whether this desk is in the call now; an expert first says yes, to this very call. */
export function takesPart(call: CallView | null | undefined, staff: StaffView, accepted: string): call is CallView {
  if (!call || call.state === "over") return false;
  if (staff.role !== "expert") return legOf(staff.role) !== null;
  return call.expert?.id === staff.id && (call.expert.answered || accepted === call.id);
}

/** Returns whether the microphone of somebody of this role is open; a silent supervisor's is not. */
export function speaks(call: CallView | null | undefined, role: Role): boolean {
  return role !== "supervisor" || (!!call && call.voice !== "nobody");
}

/** Returns the text that tells of a supervisor, or nothing while there is none to tell of. */
export function supervision(call: CallView | null | undefined): string {
  if (!call?.supervisor) return "";
  if (call.voice === "both") return "supervisor-speaks";
  if (call.voice === "clerk") return "supervisor-whispers";
  return call.legs.includes("supervisor") ? "supervised" : "";
}
