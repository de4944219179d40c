/** Where a signer types the code that the clerk has read out to them. */
import { t } from "../../plain";
import { el } from "./elements";
import type { Sheet } from "./sheet";

export function typed(sheet: Sheet): HTMLElement {
  const input = el("input", { name: "code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "40" }) as HTMLInputElement;
  const go = el("button", { type: "submit", class: "button main", "data-act": "type-code" }, t("cosign-go")) as HTMLButtonElement;
  const wrong = el("p", { role: "alert" });
  const form = el("form", { class: "typed" }, el("label", {}, t("cosign-type"), input), wrong, go);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go.disabled = true;
    wrong.className = "";
    wrong.textContent = t("phone-opening");
    void sheet.type(input.value).then((opened) => {
      if (opened) return;
      go.disabled = false;
      wrong.className = "why";
      wrong.textContent = t("cosign-wrong-code");
      input.focus();
    });
  });
  return form;
}
