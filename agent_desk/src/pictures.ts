/** The full pictures of one paper, each fetched once however often it is shown. */
import { onScopeDispose, shallowReactive, watch } from "vue";
import type { PageView } from "@counter/web/protocol";

/** Milliseconds until a picture that did not come is asked for again. */
const AGAIN = 1000;

/** Returns pictures by page: an address to show once the whole picture is here. */
export function pictures(folder: string, pages: () => readonly PageView[]): ReadonlyMap<string, string> {
  const here = shallowReactive(new Map<string, string>());
  const asked = new Map<string, string>();
  let over = false;

  async function fetchPage(page: PageView): Promise<void> {
    asked.set(page.id, page.sha256);
    try {
      const answer = await fetch(`${folder}/${page.id}/page`);
      if (!answer.ok) throw new Error(String(answer.status));
      const blob = await answer.blob();
      if (!over) here.set(page.id, URL.createObjectURL(blob));
    } catch {
      window.setTimeout(() => {
        asked.delete(page.id);
        if (!over) look();
      }, AGAIN);
    }
  }
  function look(): void {
    for (const page of pages()) {
      if (page.sha256 && asked.get(page.id) !== page.sha256) void fetchPage(page);
    }
  }
  watch(() => pages().map((one) => one.id + one.sha256).join(), look, { immediate: true });
  onScopeDispose(() => {
    over = true;
    for (const url of here.values()) URL.revokeObjectURL(url);
  });
  return here;
}
