import * as fc from "fast-check";

/**
 * A stretch of bytes: noise, a run, 64-bit numbers that rise by such steps, or a copy of `length` bytes from `back` bytes
 * before, as far as there are any.
 */
type Stretch =
	| { readonly noise: Uint8Array }
	| { readonly run: number; readonly length: number }
	| { readonly steps: readonly number[] }
	| { readonly back: number; readonly length: number };

const stretches: fc.Arbitrary<readonly Stretch[]> = fc.array(
	fc.oneof(
		fc.record({ noise: fc.uint8Array({ maxLength: 40 }) }),
		fc.record({ run: fc.nat(255), length: fc.nat(600) }),
		fc.record({ steps: fc.array(fc.oneof(fc.nat(3), fc.nat(1000)), { maxLength: 60 }) }),
		fc.record({ back: fc.oneof(fc.nat(20), fc.nat(70_000)), length: fc.oneof(fc.nat(30), fc.nat(500)) }),
	),
	{ maxLength: 40, size: "max" },
);

/** Bytes as they are worth compressing, with repetitions at all distances. */
export const compressibleBytes: fc.Arbitrary<Uint8Array<ArrayBuffer>> = stretches.map((list) => {
	const bytes: number[] = [];
	for (const stretch of list) {
		if ("noise" in stretch) bytes.push(...stretch.noise);
		else if ("run" in stretch) for (let i = 0; i < stretch.length; i++) bytes.push(stretch.run);
		else if ("steps" in stretch) bytes.push(...rising(stretch.steps));
		else if (bytes.length > 0) {
			const from = bytes.length - 1 - (stretch.back % bytes.length);
			for (let i = 0; i < stretch.length; i++) bytes.push(bytes[from + i] as number);
		}
	}
	return Uint8Array.from(bytes);
});

function rising(steps: readonly number[]): Uint8Array {
	let at = 1_700_000_000_000_000n;
	return new Uint8Array(BigInt64Array.from(steps, (step) => (at += BigInt(step))).buffer);
}

/** Of an LZ4 block: literals, then a match. */
const sequences = fc.array(
	fc.tuple(
		fc.uint8Array({ maxLength: 14 }),
		fc.oneof(
			{ weight: 20, arbitrary: fc.constantFrom(8, 8, 8, 16, 24) },
			{ weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
			fc.nat(400),
		),
		fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 4, max: 8 }) }, fc.integer({ min: 4, max: 18 })),
	),
	{ minLength: 8, maxLength: 60, size: "max" },
);

/** Frames of short sequences that no compressor would choose, and how many bytes they unpack to where they are sound. */
export const shortSequences: fc.Arbitrary<{ readonly frame: Uint8Array; readonly length: number }> = sequences.map(
	(list) => {
		const block = [0xf0, 5, ...Array.from({ length: 20 }, (_, index) => index), 8, 0];
		let length = 24;
		for (const [literals, distance, matched] of list) {
			block.push((literals.length << 4) | (matched - 4), ...literals, distance & 0xff, distance >> 8);
			length += literals.length + matched;
		}
		block.push(0xf0, 65, ...new Array(80).fill(7));
		const size = [block.length & 0xff, block.length >> 8, 0, 0];
		const frame = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, ...size, ...block, 0, 0, 0, 0);
		return { frame, length: length + 80 };
	},
);

/** Text with characters of every length, some of it damaged in one byte. */
export const almostUtf8: fc.Arbitrary<Uint8Array> = fc
	.tuple(
		fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("plain text that goes on for a while ", "é€𝄞")), {
			maxLength: 12,
		}),
		fc.option(fc.tuple(fc.nat(400), fc.constantFrom(0x80, 0xc0, 0xc1, 0xe0, 0xed, 0xa0, 0xf0, 0xf4, 0xf5, 0x90, 0xff))),
		fc.nat(1),
	)
	.map(([parts, damage, cut]) => {
		const bytes = new TextEncoder().encode(parts.join(""));
		if (damage && bytes.length > 0) bytes[damage[0] % bytes.length] = damage[1];
		return bytes.subarray(0, Math.max(0, bytes.length - cut));
	});
