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

/** Thrown for bytes that are not one whole LZ4 frame of the announced length; `at` is the offset in the frame. */
export class Lz4FrameError extends Error {
	readonly problem: Lz4Problem;
	readonly at: number;

	constructor(problem: Lz4Problem, at: number) {
		super(`an LZ4 frame is damaged at byte ${at}: ${problem}`);
		this.problem = problem;
		this.at = at;
	}
}
