import { createHash } from "node:crypto";
import { defineConfig, type Plugin } from "vite";

/** Words that this page can need. */
const WANTED = /^(verify-(?!pdf-)|check-|entry-|note-sm2-unreadable$|note-own-word$|note-no-list$|note-revoked$|language$|product$|internal$|dossier$|download$)/;

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

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** One file that can be saved and opened anywhere, and that its own policy lets reach nobody. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_options, bundle) {
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += String(part.source);
        else continue;
        delete bundle[name];
      }
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("no page was built");
      // A module would not be loaded from file://; there is one chunk, so none is needed.
      if (/^(import|export)\b/m.test(script)) throw new Error("more than one chunk");
      script = `(()=>{"use strict";${script.replaceAll("</script", "<\\/script")}})();`;
      const policy = `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
      const head = `<meta http-equiv="Content-Security-Policy" content="${policy}" /><style>${style}</style>`;
      page.source = String(page.source)
        .replace(/<script type="module"[^>]*><\/script>/g, "")
        .replace(/<link rel="(stylesheet|modulepreload)"[^>]*>/g, "")
        .replace('<meta charset="utf-8" />', () => `<meta charset="utf-8" />${head}`)
        .replace("</body>", () => `<script>${script}</script></body>`);
    },
  };
}

export default defineConfig({
  plugins: [fewWords(), oneFile()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: false,
    // Whoever saves the page keeps the licence of what is in it.
    rolldownOptions: { output: { comments: { legal: true } } },
  },
});
