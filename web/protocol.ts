/* Made from protocol/ by `make types`. Do not edit: a test compares it. */

/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FromDesk".
 */
export type FromDesk =
  | SetDuty
  | AnswerTicket
  | OfferMedia
  | ConfirmIdentity
  | AskForPage
  | TakeAnyway
  | MovePage
  | TurnPage
  | RemovePage
  | ReadAgain
  | ConfirmFields
  | AcceptMaterial
  | RefuseMaterial
  | AcceptForm
  | ReopenForm
  | HearDeclaration
  | Countersign
  | SendChat
  | EndCall
  | DecideCase
  | InviteExpert
  | DismissExpert
  | Supervise
  | SpeakTo
  | LeaveCall;
/**
 * One connection of a call to the media worker.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Leg".
 */
export type Leg = "applicant" | "clerk" | "document" | "expert" | "supervisor";
/**
 * What an applicant can say with one touch, each reader's own language.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Phrase".
 */
export type Phrase = "no" | "repeat" | "wait" | "yes";
/**
 * Who hears the supervisor of a call.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Voice".
 */
export type Voice = "both" | "clerk" | "nobody";
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FromTerminal".
 */
export type FromTerminal =
  | TakeTicket
  | LeaveCounter
  | OfferMedia
  | FillForm
  | SignApplication
  | RefuseToSign
  | PaperSeen
  | CaptureFailed
  | RemovePage
  | LegFailed
  | NoteScreen
  | SendChat;
/**
 * The languages of the pages (BCP 47).
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Language".
 */
export type Language = "en" | "pt" | "zh-Hans" | "zh-Hant";
/**
 * Why an applicant does not sign, chosen with one touch.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Refusal".
 */
export type Refusal = "later" | "other" | "unclear" | "wrong";
/**
 * What a terminal's page tells about itself; never what was typed.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ScreenMarkKind".
 */
export type ScreenMarkKind = "language" | "larger-text" | "shown" | "touched";
/**
 * How a licence, or one copy of it, stands.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Standing".
 */
export type Standing = "expired" | "in-force" | "replaced" | "revoked" | "suspended";
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ToDesk".
 */
export type ToDesk =
  | DeskWelcome
  | SessionChanged
  | QueueChanged
  | CallsChanged
  | ExpertsChanged
  | PaperSeen
  | AnswerMedia
  | MediaLost
  | Done
  | Failed;
/**
 * What a member of staff may do; ``signaling/policy.py`` says exactly what.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Role".
 */
export type Role = "administrator" | "approver" | "clerk" | "expert" | "supervisor";
/**
 * How good the line of one leg is; the sign on both pages.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Level".
 */
export type Level = "bad" | "good" | "weak";
/**
 * Why a part of a call is not in its recording.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "GapReason".
 */
export type GapReason = "disk-full" | "leg-down" | "nothing-came" | "worker-lost";
/**
 * A video conversation.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CallState".
 */
export type CallState = "over" | "reconnecting" | "ringing" | "talking";
/**
 * A paper that the item asks for.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MaterialState".
 */
export type MaterialState = "accepted" | "captured" | "checked" | "owed" | "refused" | "wanted";
/**
 * An application, from opening to closing.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CaseState".
 */
export type CaseState =
  | "approved"
  | "closed"
  | "collecting"
  | "delivered"
  | "identified"
  | "issued"
  | "opened"
  | "printed"
  | "rejected"
  | "returned"
  | "reviewing"
  | "signed"
  | "signing"
  | "submitted"
  | "withdrawn";
/**
 * What the case waits for; the same step list on both screens.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Task".
 */
export type Task = "form" | "identity" | "materials" | "receipt" | "sign";
/**
 * A place in the queue.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TicketState".
 */
export type TicketState = "called" | "done" | "left" | "no-show" | "serving" | "waiting";
/**
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ToTerminal".
 */
export type ToTerminal =
  TerminalWelcome | SessionChanged | ShootPage | PaperSeen | AnswerMedia | MediaLost | LineChanged | Done | Failed;
/**
 * How far the reading of a page by machine is.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ReadState".
 */
export type ReadState = "failed" | "read" | "waiting";

export interface Wire {
  FromDesk: FromDesk;
  FromTerminal: FromTerminal;
  ItemView: ItemView;
  LicenceStatus: LicenceStatus;
  LicenceView: LicenceView;
  ToDesk: ToDesk;
  ToTerminal: ToTerminal;
}
/**
 * The clerk begins or ends to be offered tickets.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SetDuty".
 */
export interface SetDuty {
  on: boolean;
  type: "set-duty";
}
/**
 * The clerk takes this applicant.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "AnswerTicket".
 */
export interface AnswerTicket {
  step: string;
  ticket: string;
  type: "answer-ticket";
}
/**
 * An SDP offer (RFC 3264) of one leg; a new one replaces the leg's last.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "OfferMedia".
 */
export interface OfferMedia {
  attempt: string;
  call: string;
  leg: Leg;
  sdp: string;
  type: "offer-media";
}
/**
 * The clerk compared the picture of the paper ``sha256`` with the live picture.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ConfirmIdentity".
 */
export interface ConfirmIdentity {
  case: string;
  sha256: string;
  step: string;
  type: "confirm-identity";
}
/**
 * The clerk wants this paper under the camera next, and takes the shot.
 *
 *     The new page takes the place of ``replaces``, or comes last.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "AskForPage".
 */
export interface AskForPage {
  case: string;
  material: string;
  replaces: string;
  step: string;
  type: "ask-for-page";
}
/**
 * The clerk takes the shot although the page was refused for ``reason``.
 *
 *     It comes where the refused one was to come.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TakeAnyway".
 */
export interface TakeAnyway {
  case: string;
  material: string;
  reason: string;
  step: string;
  type: "take-anyway";
  why: string;
}
/**
 * The clerk puts a page at another place of its paper; places count from 0.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MovePage".
 */
export interface MovePage {
  case: string;
  material: string;
  page: string;
  place: number;
  step: string;
  type: "move-page";
}
/**
 * The clerk turns a page clockwise by quarters.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TurnPage".
 */
export interface TurnPage {
  case: string;
  material: string;
  page: string;
  quarters: number;
  step: string;
  type: "turn-page";
}
/**
 * Clerk or applicant take a page out of a paper that is not accepted.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RemovePage".
 */
export interface RemovePage {
  case: string;
  material: string;
  page: string;
  step: string;
  type: "remove-page";
}
/**
 * The clerk wants a page read by machine once more.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ReadAgain".
 */
export interface ReadAgain {
  case: string;
  material: string;
  page: string;
  step: string;
  type: "read-again";
}
/**
 * The clerk compared these values with the picture; they may have typed them.
 *
 *     ``sha256`` names the pages that were on the screen.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ConfirmFields".
 */
export interface ConfirmFields {
  case: string;
  material: string;
  sha256: string;
  step: string;
  type: "confirm-fields";
  values: {
    [k: string]: string;
  };
}
/**
 * The clerk has read exactly the pages ``sha256`` and they are in order.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "AcceptMaterial".
 */
export interface AcceptMaterial {
  case: string;
  material: string;
  sha256: string;
  step: string;
  type: "accept-material";
}
/**
 * The clerk asks for the paper again, with a reason the applicant reads.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RefuseMaterial".
 */
export interface RefuseMaterial {
  case: string;
  material: string;
  reason: string;
  step: string;
  type: "refuse-material";
}
/**
 * The clerk has read the form: the application is made from it.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "AcceptForm".
 */
export interface AcceptForm {
  case: string;
  step: string;
  type: "accept-form";
}
/**
 * The application shown was not right: back to the form.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ReopenForm".
 */
export interface ReopenForm {
  case: string;
  step: string;
  type: "reopen-form";
}
/**
 * The clerk heard ``signer`` declare aloud that they have read these bytes.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "HearDeclaration".
 */
export interface HearDeclaration {
  case: string;
  sha256: string;
  signer: string;
  step: string;
  type: "hear-declaration";
}
/**
 * The clerk saw them all sign, and signs below; the authority seals.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Countersign".
 */
export interface Countersign {
  case: string;
  step: string;
  type: "countersign";
}
/**
 * A short text to the other person in the call, or one of the phrases.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SendChat".
 */
export interface SendChat {
  call: string;
  phrase: Phrase | null;
  step: string;
  text: string;
  type: "send-chat";
}
/**
 * The clerk ends the visit.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "EndCall".
 */
export interface EndCall {
  step: string;
  ticket: string;
  type: "end-call";
}
/**
 * An approver's decision; a return or a rejection needs a reason.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "DecideCase".
 */
export interface DecideCase {
  case: string;
  decision: "approve" | "reject" | "return";
  reason: string;
  step: string;
  type: "decide-case";
}
/**
 * The clerk asks an expert into their call.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "InviteExpert".
 */
export interface InviteExpert {
  call: string;
  expert: string;
  step: string;
  type: "invite-expert";
}
/**
 * The clerk goes on without the expert.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "DismissExpert".
 */
export interface DismissExpert {
  call: string;
  step: string;
  type: "dismiss-expert";
}
/**
 * A supervisor begins to watch and hear a call; nobody hears them.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Supervise".
 */
export interface Supervise {
  call: string;
  step: string;
  type: "supervise";
}
/**
 * The supervisor of a call chooses who hears them.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SpeakTo".
 */
export interface SpeakTo {
  call: string;
  step: string;
  type: "speak-to";
  voice: Voice;
}
/**
 * An expert declines or leaves, a supervisor watches no longer.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LeaveCall".
 */
export interface LeaveCall {
  call: string;
  step: string;
  type: "leave-call";
}
/**
 * The applicant touched a service item.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TakeTicket".
 */
export interface TakeTicket {
  item: string;
  language: Language;
  step: string;
  type: "take-ticket";
}
/**
 * The applicant has finished, or gives up waiting.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LeaveCounter".
 */
export interface LeaveCounter {
  step: string;
  ticket: string;
  type: "leave-counter";
}
/**
 * What the form holds now; the clerk sees it while it is typed.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FillForm".
 */
export interface FillForm {
  case: string;
  type: "fill-form";
  values: {
    [k: string]: string;
  };
}
/**
 * ``signer`` signed exactly the bytes named by ``sha256``.
 *
 *     ``pages`` were on the screen; ``declared`` is how the signer said that they
 *     have read them. ``began_ago`` is when the pen first touched.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SignApplication".
 */
export interface SignApplication {
  began_ago: number;
  case: string;
  declared: "aloud" | "touch";
  pages: PageSeen[];
  sha256: string;
  signer: string;
  step: string;
  strokes: Point[][];
  type: "sign-application";
}
/**
 * One page that was on the applicant's screen, and for how long altogether.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PageSeen".
 */
export interface PageSeen {
  page: number;
  seconds: number;
}
/**
 * One sample of the pen: CSS pixels, milliseconds, pressure 0 to 1.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Point".
 */
export interface Point {
  p: number;
  t: number;
  x: number;
  y: number;
}
/**
 * ``signer`` does not sign the bytes named by ``sha256``: back to the form.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RefuseToSign".
 */
export interface RefuseToSign {
  case: string;
  reason: Refusal;
  sha256: string;
  signer: string;
  step: string;
  type: "refuse-to-sign";
}
/**
 * What the camera sees now: the paper's corners, and what to do with it.
 *
 *     ``corners`` are four or none, as shares of the frame, clockwise from the page's
 *     top left. ``hint`` is a code of ``texts.json``. The terminal says it while the
 *     paper moves; nothing of it is stored.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PaperSeen".
 */
export interface PaperSeen {
  case: string;
  /**
   * @maxItems 4
   */
  corners:
    | []
    | [[number, number]]
    | [[number, number], [number, number]]
    | [[number, number], [number, number], [number, number]]
    | [[number, number], [number, number], [number, number], [number, number]];
  hint: string;
  /**
   * @maxItems 3
   */
  others:
    | []
    | [[[number, number], [number, number], [number, number], [number, number]]]
    | [
        [[number, number], [number, number], [number, number], [number, number]],
        [[number, number], [number, number], [number, number], [number, number]]
      ]
    | [
        [[number, number], [number, number], [number, number], [number, number]],
        [[number, number], [number, number], [number, number], [number, number]],
        [[number, number], [number, number], [number, number], [number, number]]
      ];
  steady: boolean;
  type: "paper-seen";
}
/**
 * The terminal could not make a page; ``reason`` is a code of ``texts.json``.
 *
 *     It was to take the place of ``replaces``, or to come last.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CaptureFailed".
 */
export interface CaptureFailed {
  case: string;
  material: string;
  reason: string;
  replaces: string;
  type: "capture-failed";
}
/**
 * No media gets through on a leg of the terminal; it goes on trying.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LegFailed".
 */
export interface LegFailed {
  call: string;
  leg: Leg;
  reason: "media-blocked" | "relay-refused";
  type: "leg-failed";
}
/**
 * What the terminal's screen showed, and which buttons were touched.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NoteScreen".
 */
export interface NoteScreen {
  call: string;
  marks: ScreenMark[];
  step: string;
  type: "note-screen";
}
/**
 * One thing that happened on the terminal's screen.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ScreenMark".
 */
export interface ScreenMark {
  ago: number;
  kind: ScreenMarkKind;
  name: string;
}
/**
 * A service item as applicants see it.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ItemView".
 */
export interface ItemView {
  about: {
    [k: string]: string;
  };
  consultation: boolean;
  fields: FieldView[];
  id: string;
  materials: MaterialWanted[];
  minutes: number;
  place: string;
  seal: SealWanted | null;
  signers: SignerWanted[];
  title: {
    [k: string]: string;
  };
}
/**
 * One field of an item's form; ``kind`` chooses the control.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "FieldView".
 */
export interface FieldView {
  hint: {
    [k: string]: string;
  };
  kind: string;
  longest: number;
  name: string;
  options: string[];
  required: boolean;
  title: {
    [k: string]: string;
  };
}
/**
 * A paper that an item asks for.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MaterialWanted".
 */
export interface MaterialWanted {
  fields: {
    [k: string]: {
      [k: string]: string;
    };
  };
  hint: {
    [k: string]: string;
  };
  id: string;
  most_pages: number;
  title: {
    [k: string]: string;
  };
}
/**
 * Whose seal an application bears: the paper with it, and fields of the form.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SealWanted".
 */
export interface SealWanted {
  name: string;
  number: string;
  paper: string;
}
/**
 * One of those who sign an item's application.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SignerWanted".
 */
export interface SignerWanted {
  id: string;
  identity: string;
  remote: boolean;
  title: {
    [k: string]: string;
  };
}
/**
 * A licence as everybody may see it.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LicenceStatus".
 */
export interface LicenceStatus {
  ends: number;
  history: LicenceStep[];
  issued: number;
  standing: Standing;
  title: string;
}
/**
 * One thing that happened to a licence; who and why only to the desk.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LicenceStep".
 */
export interface LicenceStep {
  at: number;
  by: string;
  reason: string;
  step: string;
}
/**
 * A licence as the desk sees it. ``ends`` is 0 for no end.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LicenceView".
 */
export interface LicenceView {
  allowed: string[];
  edition: number;
  ends: number;
  history: LicenceStep[];
  identifier: string;
  issued: number;
  standing: Standing;
}
/**
 * The first message to a desk: who is signed in.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "DeskWelcome".
 */
export interface DeskWelcome {
  staff: StaffView;
  type: "desk-welcome";
}
/**
 * Who is signed in at a desk.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "StaffView".
 */
export interface StaffView {
  demo: boolean;
  id: string;
  name: string;
  office: string;
  role: Role;
}
/**
 * All of the present visit; ``None`` when there is none.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SessionChanged".
 */
export interface SessionChanged {
  session: SessionView | null;
  type: "session-changed";
}
/**
 * One visit: the ticket, and the call and case that came of it.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SessionView".
 */
export interface SessionView {
  call: CallView | null;
  case: CaseView | null;
  chat: ChatLine[];
  ticket: TicketView;
}
/**
 * A video conversation and which of its legs carry media now.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CallView".
 */
export interface CallView {
  clerk: string;
  clerk_name: string;
  expert: GuestView | null;
  ice: IceServer[];
  id: string;
  legs: Leg[];
  lines: {
    [k: string]: LineView;
  };
  not_recorded: NotRecorded[];
  recorded: boolean;
  state: CallState;
  supervisor: GuestView | null;
  /**
   * Who hears the supervisor of a call.
   */
  voice: "both" | "clerk" | "nobody";
}
/**
 * Somebody in a call besides applicant and clerk.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "GuestView".
 */
export interface GuestView {
  answered: boolean;
  id: string;
  name: string;
}
/**
 * A relay that one leg may use (``RTCIceServer``), until its credential ends.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "IceServer".
 */
export interface IceServer {
  credential: string;
  leg: Leg;
  urls: string[];
  username: string;
}
/**
 * How good the line of one leg is, and the code of the reason if it is not.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LineView".
 */
export interface LineView {
  level: Level;
  reason: string;
}
/**
 * A stream that is missing in the recording now; ``kind``: audio or video.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "NotRecorded".
 */
export interface NotRecorded {
  kind: string;
  leg: Leg;
  reason: GapReason;
}
/**
 * An application as both ends of the call see it.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CaseView".
 */
export interface CaseView {
  applicant: string;
  countersigned: boolean;
  documents: DocumentView[];
  form: {
    [k: string]: string;
  };
  id: string;
  item: string;
  materials: MaterialView[];
  number: string;
  reason: string;
  refused: Refusal | null;
  refused_by: string | null;
  release_code: string;
  signers: SignerView[];
  state: CaseState;
  task: Task;
  touched: number;
  wanted: string | null;
}
/**
 * A PDF of the case.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "DocumentView".
 */
export interface DocumentView {
  name: string;
  pages: number;
  sha256: string;
  size: number;
  sm2: boolean;
}
/**
 * One paper of a case. ``sha256`` names its pages, their order and turns.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MaterialView".
 */
export interface MaterialView {
  confirmed: {
    [k: string]: string;
  };
  id: string;
  most_pages: number;
  pages: PageView[];
  reason: string;
  refusals: number;
  sha256: string;
  state: MaterialState;
}
/**
 * One page of a paper. Without ``sha256`` only its preview is here.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "PageView".
 */
export interface PageView {
  fields: ReadField[];
  id: string;
  overridden: string;
  /**
   * How far the reading of a page by machine is.
   */
  read: "failed" | "read" | "waiting";
  seal: SealView | null;
  sha256: string;
  turns: number;
  why: string;
}
/**
 * One value that a machine has read from a page.
 *
 *     ``confidence`` is 0 to 1. ``place`` is left, top, width and height as shares of the
 *     page, or empty. ``verified``: its check digits fit. ``why`` says what does not, as a
 *     code of ``texts.json``; ``suggestion`` is what it may have been.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ReadField".
 */
export interface ReadField {
  confidence: number;
  name: string;
  place: number[];
  suggestion: string;
  text: string;
  verified: boolean;
  why: string;
}
/**
 * The company's seal on a page, cut out: how large it lies there, in mm.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SealView".
 */
export interface SealView {
  height: number;
  sha256: string;
  width: number;
}
/**
 * One of those who sign this application, in the order of signing.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "SignerView".
 */
export interface SignerView {
  away: boolean;
  heard: boolean;
  id: string;
  identity: string;
  name: string;
  signed: boolean;
}
/**
 * One thing written during the call: a text, or a phrase that pages translate.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ChatLine".
 */
export interface ChatLine {
  at: number;
  by: Leg;
  phrase: Phrase | null;
  text: string;
}
/**
 * A place in the queue; ``place`` counts from 1 and is 0 once called.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TicketView".
 */
export interface TicketView {
  id: string;
  item: string;
  language: Language;
  number: string;
  place: number;
  since: number;
  state: TicketState;
  terminal_name: string;
  wait_seconds: number;
}
/**
 * Who waits, and which cases wait for a decision.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "QueueChanged".
 */
export interface QueueChanged {
  review: CaseView[];
  type: "queue-changed";
  waiting: TicketView[];
}
/**
 * To supervisors: the calls that are on.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "CallsChanged".
 */
export interface CallsChanged {
  calls: RunningCallView[];
  type: "calls-changed";
}
/**
 * A call as a supervisor chooses it from a list.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "RunningCallView".
 */
export interface RunningCallView {
  clerk_name: string;
  id: string;
  item: string;
  number: string;
  since: number;
  state: CallState;
  supervisor_name: string;
  terminal_name: string;
}
/**
 * To clerks: the experts who are signed in.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ExpertsChanged".
 */
export interface ExpertsChanged {
  experts: StaffView[];
  type: "experts-changed";
}
/**
 * The media worker's SDP answer to the ``OfferMedia`` with this attempt.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "AnswerMedia".
 */
export interface AnswerMedia {
  attempt: string;
  call: string;
  leg: Leg;
  sdp: string;
  type: "answer-media";
}
/**
 * The media worker is gone or forgot the leg: offer afresh.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "MediaLost".
 */
export interface MediaLost {
  call: string;
  type: "media-lost";
}
/**
 * The step has been applied and stored.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Done".
 */
export interface Done {
  step: string;
  type: "done";
}
/**
 * A request that could not be met; ``code`` is a key of ``texts.json``.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "Failed".
 */
export interface Failed {
  code: string;
  detail?: string;
  step: string | null;
  type: "failed";
}
/**
 * The first message to a terminal: who it is.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "TerminalWelcome".
 */
export interface TerminalWelcome {
  name: string;
  terminal: string;
  type: "terminal-welcome";
}
/**
 * The clerk took the shot: photograph this paper now.
 *
 *     With ``overrides`` whatever the page is refused for, the clerk has said why it is
 *     taken all the same.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "ShootPage".
 */
export interface ShootPage {
  case: string;
  material: string;
  overrides: string;
  replaces: string;
  type: "shoot-page";
  why: string;
}
/**
 * Said by the terminal's own agent to its page: the line is up or down.
 *
 * This interface was referenced by `Wire`'s JSON-Schema
 * via the `definition` "LineChanged".
 */
export interface LineChanged {
  type: "line-changed";
  up: boolean;
}
