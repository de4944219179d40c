import { createApp } from "vue";
import { words } from "@counter/web/words";
import App from "./App.vue";
import Verify from "./Verify.vue";
import "./desk.css";

// Verification is for anybody: it knows no sign-in and shows nothing of the desk.
createApp(location.pathname === "/verify-pdf" ? Verify : App).use(words).mount("#app");
