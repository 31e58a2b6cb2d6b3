import type { ArenaLease } from "./arena.ts";
import { ALIGNMENT, aligned, type BatchJob, SOURCE } from "./batch-job.ts";
import { writeHeader, writeInt64, writeSource, writeZeros } from "./ts-engine.ts";

/** Shorter buffers are copied: a piece costs a system call's bookkeeping, and they are few bytes. */
const MIN_PIECE_BYTES = 4096;

/** Most that is written for a buffer that stays where it is: padding before and behind. */
const PADDING_BYTES = 2 * ALIGNMENT;

/** Bytes of memory that a frame takes besides the buffers that stay where they are. */
export function looseFrameBytes({ template, sources, firstBuffer, bufferCount }: BatchJob): number {
	let bytes = template.bytes.length;
	for (let index = firstBuffer; index < firstBuffer + bufferCount; index++) {
		const length = sources.lengths[index] as number;
		bytes += isLoose(sources.kinds[index] as number, length) ? PADDING_BYTES : aligned(length);
	}
	return bytes;
}

function isLoose(kind: number, length: number): boolean {
	return kind === SOURCE.bytes && length >= MIN_PIECE_BYTES;
}

/** An entry as a list of pieces: long buffers stay where they are, and only what lies between them is in the lease. */
export class LooseEntry {
	byteLength = 0;
	readonly #pieces: Uint8Array[] = [];
	readonly lease: ArenaLease;
	#runStart: number;
	#at: number;

	constructor(lease: ArenaLease) {
		this.lease = lease;
		this.#runStart = lease.start;
		this.#at = lease.start;
	}

	write(bytes: Uint8Array): void {
		this.lease.slab.bytes.set(bytes, this.#at);
		this.#at += bytes.length;
		this.byteLength += bytes.length;
	}

	writeBatch(job: BatchJob): void {
		const { slab } = this.lease;
		const { words } = slab;
		const header = this.#at;
		const { sources, template, firstBuffer, bufferCount } = job;
		writeHeader(job, slab, header);
		this.#at += template.bytes.length;
		let offset = 0;
		let region = (header + template.buffersAt) >>> 2;
		for (let index = firstBuffer; index < firstBuffer + bufferCount; index++, region += 4) {
			const length = sources.lengths[index] as number;
			writeInt64(words, region, offset);
			writeInt64(words, region + 2, length);
			const padding = aligned(length) - length;
			if (isLoose(sources.kinds[index] as number, length)) {
				const view = sources.views[index] as ArrayBufferView;
				this.#endRun();
				this.#pieces.push(new Uint8Array(view.buffer, view.byteOffset + (sources.starts[index] as number), length));
				// What follows the padding is aligned in memory too.
				this.#runStart = aligned(this.#at) + ALIGNMENT - padding;
				this.#at = this.#runStart;
			} else {
				writeSource(sources, index, slab, this.#at);
				this.#at += length;
			}
			writeZeros(slab, this.#at, this.#at + padding);
			this.#at += padding;
			offset += length + padding;
		}
		writeInt64(words, (header + template.bodyLengthAt) >>> 2, offset);
		this.byteLength += template.bytes.length + offset;
	}

	/** The whole list; nothing is written afterwards. */
	finish(): readonly Uint8Array[] {
		this.#endRun();
		return this.#pieces;
	}

	#endRun(): void {
		if (this.#at > this.#runStart) this.#pieces.push(this.lease.slab.bytes.subarray(this.#runStart, this.#at));
		this.#runStart = this.#at;
	}
}
