/** Whose turn it is to sign, and who they are to the application. */
import type { CaseView, ItemView, SignerView } from "./protocol";
import { own } from "./words";

/** Returns who signs next; nothing once all have signed. */
export function turnOf(of: CaseView): SignerView | undefined {
  return of.signers.find((one) => !one.signed);
}

/** Returns a signer's role and name; nothing for the one applicant of an item. */
export function nameOf(item: ItemView, of: CaseView, id: string | null | undefined, language: string): string {
  const role = item.signers.find((one) => one.id === id);
  const name = of.signers.find((one) => one.id === id)?.name;
  return [role && own(role.title, language), name].filter(Boolean).join(" ");
}
