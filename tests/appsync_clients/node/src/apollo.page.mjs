import "./buffer.mjs";
import apollo from "./apollo.mjs";
import { serve } from "./page.mjs";

serve(apollo);
