/** What is wrong with an LZ4 frame, each with the number by which the crate tells it. */
export const LZ4_PROBLEMS = [
	"none",
	"truncated",
	"not-a-frame",
	"bad-header",
	"dictionary",
	"header-checksum",
	"content-size",
	"block-too-large",
	"block-checksum",
	"content-checksum",
	"bad-distance",
	"too-long",
	"too-short",
	"bytes-after-end",
] as const;

export type Lz4Problem = Exclude<(typeof LZ4_PROBLEMS)[number], "none">;

const MEANINGS: Readonly<Record<Lz4Problem, string>> = {
	truncated: "it ends before its end mark",
	"not-a-frame": "no LZ4 frame begins here",
	"bad-header": "its header is of no version that is known",
	dictionary: "it needs a dictionary",
	"header-checksum": "the checksum of its header does not match",
	"content-size": "it announces another length than the buffer has",
	"block-too-large": "a block is larger than the frame allows",
	"block-checksum": "the checksum of a block does not match",
	"content-checksum": "the checksum of its content does not match",
	"bad-distance": "a match refers to bytes before the first",
	"too-long": "it holds more than was announced",
	"too-short": "it holds less than was announced",
	"bytes-after-end": "something follows its end mark",
};

/** Thrown for bytes that are not one whole LZ4 frame of the announced length; `at` is the offset in the frame. */
export class Lz4FrameError extends Error {
	readonly problem: Lz4Problem;
	readonly at: number;

	constructor(problem: Lz4Problem, at: number) {
		super(`an LZ4 frame is damaged at byte ${at}: ${MEANINGS[problem]}`);
		this.name = "Lz4FrameError";
		this.problem = problem;
		this.at = at;
	}
}
