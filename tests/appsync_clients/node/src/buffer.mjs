// AWS's links want node's Buffer, which browsers have not: their users bring it.
import { Buffer } from "buffer";

globalThis.Buffer = Buffer;
