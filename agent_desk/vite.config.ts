import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import Components from "unplugin-vue-components/vite";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/desk/",
  plugins: [
    vue({ template: { transformAssetUrls: false } }),
    Components({ resolvers: [ElementPlusResolver()], dts: "src/components.d.ts" }),
  ],
  build: { target: "chrome120", outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 900 },
});
