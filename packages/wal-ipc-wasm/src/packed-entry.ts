import type { ArenaLease } from "./arena.ts";
import { aligned, type BatchJob, LENGTH_PREFIX_BYTES } from "./batch-job.ts";
import type { Compression } from "./batch-template.ts";
import type { Engine } from "./engine.ts";

/** The most that a frame can take: a compressed buffer that does not shrink has its length in front. */
export function packedFrameBytes(
	{ template, sources, firstBuffer, bufferCount }: BatchJob,
	compression: Compression | undefined,
): number {
	const prefix = compression ? LENGTH_PREFIX_BYTES : 0;
	let bytes = template.bytes.length;
	for (let index = firstBuffer; index < firstBuffer + bufferCount; index++) {
		bytes += aligned((sources.lengths[index] as number) + prefix);
	}
	return bytes;
}

/** An entry as one array: everything is copied into the lease. */
export class PackedEntry {
	readonly #engine: Engine;
	readonly lease: ArenaLease;
	#at: number;

	constructor(engine: Engine, lease: ArenaLease) {
		this.#engine = engine;
		this.lease = lease;
		this.#at = lease.start;
	}

	get byteLength(): number {
		return this.#at - this.lease.start;
	}

	write(bytes: Uint8Array): void {
		this.lease.slab.bytes.set(bytes, this.#at);
		this.#at += bytes.length;
	}

	writeBatch(job: BatchJob): void {
		this.#at = this.#engine.writeBatch(job, this.lease.slab, this.#at);
	}

	finish(): readonly Uint8Array<ArrayBuffer>[] {
		return [this.lease.slab.bytes.subarray(this.lease.start, this.#at)];
	}
}
