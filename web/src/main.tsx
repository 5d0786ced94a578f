import { render } from "preact";
import { App } from "./app";
import { install } from "./api/network";
import "./style.css";
import "./trace/trace.css";

install();
const root = document.getElementById("app");
if (root) render(<App />, root);
