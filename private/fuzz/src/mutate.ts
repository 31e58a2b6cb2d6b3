import type { Dice } from "@memwal-private/arrow-samples";
import { putTogether, seal, takeApart } from "./ipc-stream.ts";
import { dissect, type FrameAnatomy } from "./message-fields.ts";

/** Numbers at which lengths and offsets go wrong. */
const EXTREMES: readonly bigint[] = [
	0n,
	1n,
	-1n,
	7n,
	8n,
	63n,
	64n,
	2n ** 15n - 1n,
	2n ** 15n,
	2n ** 16n - 1n,
	2n ** 24n,
	2n ** 28n,
	2n ** 31n - 1n,
	2n ** 31n,
	-(2n ** 31n),
	2n ** 32n - 1n,
	2n ** 32n,
	2n ** 53n,
	2n ** 63n - 1n,
	-(2n ** 63n),
];
const EXTREME_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const TRAILER_BYTES = 40;

/** An entry that differs from a valid one as chance wants it; `other` is one that parts may be taken from. */
export function mutate(dice: Dice, entry: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
	const { frames, trailer } = takeApart(entry);
	const arranged = dice.chance(0.2) ? rearrange(dice, frames, takeApart(other).frames) : [...frames];
	const damaged = arranged.map((frame) => frame.slice());
	if (damaged.length > 0 && dice.chance(0.85)) {
		for (let left = dice.pick([1, 1, 1, 2, 3, 6]); left > 0; left--) {
			const index = dice.below(damaged.length);
			damageFrame(dice, damaged[index] as Uint8Array, arranged[index] as Uint8Array);
		}
	}
	let bytes = putTogether({ frames: damaged, trailer });
	// Else the checksum would find all of it.
	if (trailer.length === TRAILER_BYTES && dice.chance(0.9)) seal(bytes);
	if (dice.chance(0.12)) bytes = resize(dice, bytes);
	else if (dice.chance(0.08)) overwrite(dice, bytes, Math.max(0, bytes.length - 48), bytes.length);
	return bytes;
}

function rearrange(dice: Dice, frames: readonly Uint8Array[], others: readonly Uint8Array[]): Uint8Array[] {
	const list = [...frames];
	const from = dice.below(list.length);
	const to = dice.below(list.length);
	switch (dice.below(5)) {
		case 0:
			list.splice(to, 0, list[from] as Uint8Array);
			return list;
		case 1:
			list.splice(from, 1);
			return list;
		case 2:
			list.splice(to, 0, ...list.splice(from, 1));
			return list;
		case 3:
			return [...list.slice(0, from), ...others.slice(dice.below(others.length))];
		default:
			list.splice(to, dice.below(2), dice.pick(others));
			return list;
	}
}

/** `valid` is the frame before any damage, which tells where its numbers and buffers are. */
function damageFrame(dice: Dice, frame: Uint8Array, valid: Uint8Array): void {
	const anatomy = dissect(valid);
	const what = dice.below(10);
	if (what < 4) damageNumber(dice, frame, anatomy);
	else if (what < 7 && anatomy.buffers.length > 0) damageBuffer(dice, frame, anatomy);
	else if (what < 8) flipBits(dice, frame);
	else overwrite(dice, frame, 0, frame.length);
}

function damageNumber(dice: Dice, frame: Uint8Array, { numbers, targets }: FrameAnatomy): void {
	const { at, bytes, isReference } = dice.pick(numbers);
	const target = isReference && dice.chance(0.5) ? BigInt(dice.pick(targets) - at) : undefined;
	writeNumber(frame, at, bytes, target ?? changed(dice, readNumber(frame, at, bytes), frame.length));
}

/** At an element of the buffer, where an offset, an index, a type id, a view or the announced length stands. */
function damageBuffer(dice: Dice, frame: Uint8Array, { buffers }: FrameAnatomy): void {
	const { start, length } = dice.pick(buffers);
	const bytes = dice.pick([1, 4, 4, 8] as const);
	const at = start + (dice.chance(0.3) ? 0 : bytes * dice.below(Math.ceil(length / bytes)));
	if (at + bytes > frame.length) return;
	writeNumber(frame, at, bytes, changed(dice, readNumber(frame, at, bytes), length));
}

function changed(dice: Dice, value: bigint, near: number): bigint {
	switch (dice.below(6)) {
		case 0:
			return value + dice.pick([1n, -1n, 8n, -8n]);
		case 1:
			return dice.pick([value * 2n, value / 2n, -value, ~value]);
		case 2:
			return BigInt(dice.below(near + 16));
		default:
			return dice.pick(EXTREMES);
	}
}

function flipBits(dice: Dice, bytes: Uint8Array): void {
	for (let left = dice.between(1, 8); left > 0; left--) {
		const at = dice.below(bytes.length);
		bytes[at] = (bytes[at] as number) ^ (1 << dice.below(8));
	}
}

function overwrite(dice: Dice, bytes: Uint8Array, start: number, end: number): void {
	if (end <= start) return;
	const at = dice.between(start, end - 1);
	const length = Math.min(dice.pick([1, 1, 2, 4, 8, 16]), end - at);
	for (let i = 0; i < length; i++) bytes[at + i] = dice.chance(0.5) ? dice.pick(EXTREME_BYTES) : dice.below(256);
}

function resize(dice: Dice, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
	const at = dice.below(bytes.length + 1);
	const size = dice.pick([1, 2, 4, 8, 16, 64]);
	switch (dice.below(4)) {
		case 0:
			return bytes.slice(0, at);
		case 1:
			return bytes.slice(0, Math.max(0, bytes.length - dice.below(64)));
		case 2:
			return joined(
				bytes.subarray(0, at),
				dice.chance(0.5) ? dice.bytes(size) : new Uint8Array(size),
				bytes.subarray(at),
			);
		default:
			return joined(bytes.subarray(0, at), bytes.subarray(at + size));
	}
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(Buffer.concat(parts));
}

function readNumber(bytes: Uint8Array, at: number, width: number): bigint {
	let value = 0n;
	for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
	return value;
}

function writeNumber(bytes: Uint8Array, at: number, width: number, value: bigint): void {
	for (let i = 0, left = BigInt.asUintN(64, value); i < width; i++, left >>= 8n) bytes[at + i] = Number(left & 0xffn);
}
