import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  plugins: [vue({ template: { transformAssetUrls: false } })],
  build: { target: "chrome120", outDir: "dist", emptyOutDir: true },
});
