import amplify from "./amplify.mjs";
import { serve } from "./page.mjs";

serve(amplify);
