import { createApp } from "vue";
import { words } from "@counter/web/words";
import App from "./App.vue";
import "./desk.css";

createApp(App).use(words).mount("#app");
