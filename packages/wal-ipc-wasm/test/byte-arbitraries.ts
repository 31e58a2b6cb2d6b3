import * as fc from "fast-check";

/** A stretch of bytes: noise, a run, or a copy of `length` bytes from `back` bytes before, as far as there are any. */
type Stretch =
	| { readonly noise: Uint8Array }
	| { readonly run: number; readonly length: number }
	| { readonly back: number; readonly length: number };

const stretches: fc.Arbitrary<readonly Stretch[]> = fc.array(
	fc.oneof(
		fc.record({ noise: fc.uint8Array({ maxLength: 40 }) }),
		fc.record({ run: fc.nat(255), length: fc.nat(600) }),
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
		else if (bytes.length > 0) {
			const from = bytes.length - 1 - (stretch.back % bytes.length);
			for (let i = 0; i < stretch.length; i++) bytes.push(bytes[from + i] as number);
		}
	}
	return Uint8Array.from(bytes);
});

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
