import { createApp } from "vue";
import { words } from "@counter/web/words";
import App from "./App.vue";
import Window from "./Window.vue";
import "./counter.css";

const page = location.pathname === "/window" ? Window : App;
createApp(page).use(words).mount("#app");
