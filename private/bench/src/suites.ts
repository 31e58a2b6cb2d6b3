import { appendLocal } from "./append-local.ts";
import { codec } from "./codec.ts";
import { inWasm } from "./in-wasm.ts";
import { index } from "./index-suite.ts";
import { open } from "./open.ts";
import { s3 } from "./s3.ts";
import type { Suite } from "./suite.ts";
import { tip } from "./tip.ts";
import { writer } from "./writer.ts";

export const SUITES: readonly Suite[] = [appendLocal, tip, open, writer, index, codec, inWasm, s3];
