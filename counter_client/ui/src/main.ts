import { createApp } from "vue";
import { words } from "@counter/web/words";
import App from "./App.vue";
import Calibrate from "./Calibrate.vue";
import Window from "./Window.vue";
import "./counter.css";

const pages: Readonly<Record<string, typeof App>> = { "/window": Window, "/calibrate": Calibrate };
createApp(pages[location.pathname] ?? App).use(words).mount("#app");
