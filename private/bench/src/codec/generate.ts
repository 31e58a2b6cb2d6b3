// Writes what is made from the suite's kept result: measures nothing.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { autoChoiceSource } from "./auto-choice-table.ts";
import { CODEC_FOLDER } from "./codec-internals.ts";
import { codecPicture } from "./codec-picture.ts";
import { readCodecResult } from "./codec-result.ts";
import { readmeTables } from "./readme-table.ts";

const BEGIN = "<!-- generated from private/bench/results/codec.json by `npm run generate`: begin -->";
const END = "<!-- generated: end -->";

const kept = readCodecResult();
writeFileSync(new URL("src/gen/auto-choice.ts", CODEC_FOLDER), autoChoiceSource(kept));
mkdirSync(new URL("docs/", CODEC_FOLDER), { recursive: true });
writeFileSync(new URL("docs/codec.svg", CODEC_FOLDER), codecPicture(kept));
const readme = new URL("README.md", CODEC_FOLDER);
writeFileSync(readme, replaceBetween(readFileSync(readme, "utf8"), readmeTables(kept)));

function replaceBetween(text: string, made: string): string {
	const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
	if (begin < 0 || end < begin) throw new Error(`the README of the codec lacks "${BEGIN}" … "${END}"`);
	return `${text.slice(0, begin + BEGIN.length)}\n\n${made}\n\n${text.slice(end)}`;
}
