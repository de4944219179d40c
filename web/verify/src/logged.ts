/** When the log first said which bytes a file has: the twin of `casework/logged_files.py`. */
import { isAccount } from "./accounts";
import { isFilm } from "./films";

export interface Said {
  readonly kind: string;
  readonly facts: ReadonlyMap<string, string>;
}

/** Members that exist only in the dossier. */
const NEW = new Set(["record.json", "form.json", "papers.json", "item.json", "template.json", "certificate.txt", "codes.json"]);

/** Returns whether the log's last word on a file was `digest`; null for what only a dossier has. */
export function wasLogged(name: string, digest: string, entries: readonly Said[]): boolean | null {
  if (NEW.has(name) || isAccount(name) || isFilm(name) || name.endsWith("/timeline.json")) return null;
  let last: string | undefined;
  let anywhere = false;
  for (const { kind, facts } of entries) {
    last = about(kind, facts).get(name) ?? last;
    anywhere ||= [...facts.values()].includes(digest);
  }
  return last === undefined ? anywhere : last === digest;
}

/** Returns which digests an entry gives to which files. */
function about(kind: string, facts: ReadonlyMap<string, string>): ReadonlyMap<string, string | undefined> {
  const page = `materials/${facts.get("material")}/${facts.get("page")}`;
  switch (kind) {
    case "page-stored":
      return new Map([[`${page}.jpg`, facts.get("sha256")]]);
    case "original-stored":
      return new Map([[`${page}-original.jpg`, facts.get("sha256")]]);
    case "material-accepted":
      return new Map([[`materials/${facts.get("material")}/seal.png`, facts.get("seal")]]);
    case "material-bound":
      return new Map([[`material-${facts.get("material")}.pdf`, facts.get("sha256")]]);
    case "application-made":
      return new Map([["application.pdf", facts.get("sha256")]]);
    case "application-signed":
      return new Map([
        ["application.pdf", facts.get("signed")],
        ["receipt.pdf", facts.get("receipt")],
        ["strokes.escrow", facts.get("escrow")],
        [`strokes-${facts.get("signer")}.escrow`, facts.get("escrow")],
      ]);
    case "signer-signed":
      return new Map([
        ["application.pdf", facts.get("signed")],
        [`strokes-${facts.get("signer")}.escrow`, facts.get("escrow")],
      ]);
    case "application-countersigned":
      return new Map([
        ["application.pdf", facts.get("sha256")],
        ["application.pdf.sm2", facts.get("sm2")],
      ]);
    case "document-stamped":
      return new Map([
        [`${facts.get("name")}.pdf`, facts.get("sha256")],
        [`${facts.get("name")}.pdf.sm2`, facts.get("sm2")],
      ]);
    case "case-decided":
    case "licence-amended":
    case "licence-renewed":
    case "licence-duplicated":
      return new Map([
        ["licence.pdf", facts.get("licence")],
        ["licence.pdf.sm2", facts.get("sm2")],
      ]);
    case "recording-stored":
      return new Map([[`recordings/${facts.get("call")}/manifest.json`, facts.get("manifest")]]);
    default:
      return new Map();
  }
}
