// Writes what is made from the suite's kept result: measures nothing.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { withGenerated } from "../markdown.ts";
import { autoChoiceSource } from "./auto-choice-table.ts";
import { CODEC_FOLDER } from "./codec-internals.ts";
import { codecPicture } from "./codec-picture.ts";
import { readCodecResult } from "./codec-result.ts";
import { readmeTables } from "./readme-table.ts";

const kept = readCodecResult();
writeFileSync(new URL("src/gen/auto-choice.ts", CODEC_FOLDER), autoChoiceSource(kept));
mkdirSync(new URL("docs/", CODEC_FOLDER), { recursive: true });
writeFileSync(new URL("docs/codec.svg", CODEC_FOLDER), codecPicture(kept));
const readme = new URL("README.md", CODEC_FOLDER);
const tables = withGenerated(readFileSync(readme, "utf8"), "private/bench/results/codec.json", readmeTables(kept));
writeFileSync(readme, tables);
