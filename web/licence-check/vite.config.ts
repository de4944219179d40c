import { defineConfig, type Plugin } from "vite";

/** Words that this page needs; the others stay where they are used. */
const WANTED = /^(lic-|standing-|language$|internal$|line-down$|not-found$|bad-number$|too-fast$|licence-not-in-force$|product$)/;

/** Leaves only these in the bundle: the page is saved on telephones. */
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
  base: "/licence-check/",
  plugins: [fewWords()],
  // One script and one style: the page to be saved holds both, and works from a disk.
  build: { target: ["chrome90", "safari15"], outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
});
