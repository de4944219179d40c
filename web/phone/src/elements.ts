/** Elements without a framework; words of others are only ever text. */
import { t } from "../../plain";

export type Child = Node | string;

export function el(tag: string, marks: Readonly<Record<string, string>>, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(marks)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(key: string, kind: string, act: () => void): HTMLElement {
  const made = el("button", { type: "button", class: `button ${kind}`, "data-act": key }, t(key));
  made.addEventListener("click", act);
  return made;
}
