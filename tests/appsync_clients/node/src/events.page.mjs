import events from "./events.mjs";
import { serve } from "./page.mjs";

serve(events);
