import { defineConfig, type Plugin } from "vite";

/** Codes and words that the phone can need; the others stay at the counter. */
const PAPERS = "phone-|page-|file-|language$|internal$|upload-too-large$|bad-request$|wrong-origin$|product$";
const SIGNING = "cosign-|reason-|refusal-|pages-seen$|read-all-pages$|application$|declare|further$|do-not-sign$|why-not-sign$|back-to-pages$";
const WRITING = "sign-here$|sign-one$|sign-and-submit$|signing-one$|clear$|paper-declaration-many$|paper-from-link$";
const FAULTS = "not-these-bytes$|bad-signature$|not-allowed-now$|changed-meanwhile$|evidence-unavailable$|materials-missing$|not-stored$";
const WANTED = new RegExp(`^(${PAPERS}|${SIGNING}|${WRITING}|${FAULTS})`);

/** Leaves only these in the bundle: a phone may be on a thin line. */
function fewWords(): Plugin {
  return {
    name: "few-words",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/protocol/texts.json")) return null;
      const rows = Object.entries(JSON.parse(code) as Record<string, unknown>);
      return { code: JSON.stringify(Object.fromEntries(rows.filter(([key]) => WANTED.test(key)))), map: null };
    },
  };
}

export default defineConfig({
  base: "/phone/",
  plugins: [fewWords()],
  // No inlined assets and no polyfill: the page's policy allows files of ours only.
  build: { target: ["chrome90", "safari14"], outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
});
